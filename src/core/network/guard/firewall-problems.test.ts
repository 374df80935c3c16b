/** Firewalls that make no sense are refused before anything is done. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT, HOST_BRIDGE, MACVTAP } from '../golden-networks.ts'
import { networkProblems } from '../problems/problems.ts'
import type { NetworkSpec } from '../spec.ts'
import type { FirewallSpec, Rule } from './firewall-spec.ts'
import { parseRule } from './rule-text.ts'

const rules = (...texts: string[]): Rule[] =>
  texts.map((text) => {
    const parsed = parseRule(text)
    if ('problem' in parsed) assert.fail(parsed.problem.message)
    return parsed.rule
  })

function problems(more: Partial<FirewallSpec>, network: NetworkSpec = DEFAULT): string[] {
  const firewall = { rules: [], groups: [], guests: [], ...more }
  return networkProblems({ ...network, firewall }, []).map(({ path, message }) => `${path}: ${message}`)
}

test('a firewall that makes sense has no problems', () => {
  const groups = [{ name: 'web', members: ['a', 'b'], rules: rules('allow in tcp 80') }]
  const guests = [{ name: 'db', rules: rules('allow in tcp 5432 from @web', 'deny in') }]
  assert.deepEqual(problems({ in: 'deny', antiSpoofing: 'address', groups, guests }), [])
})

test('a rule that stands twice in a list', () => {
  assert.deepEqual(problems({ rules: rules('deny in', 'allow in tcp 22', 'deny in') }), [
    "firewall.rules[2]: the rule 'deny in' stands here twice, as number 1 and 3",
  ])
})

test('a group that nobody defined', () => {
  assert.deepEqual(problems({ rules: rules('allow in from @web') }), [
    "firewall.rules[0]: there is no group 'web'",
  ])
})

test('groups and guests with the same name or none, and members named twice', () => {
  const group = { name: 'web', members: ['a', 'a'], rules: [] }
  const guest = { name: '', rules: [] }
  assert.deepEqual(problems({ groups: [group, { ...group, members: [] }], guests: [guest] }), [
    "firewall.groups[0].members: 'a' is in the group 'web' twice",
    "firewall.groups[1].name: the group 'web' stands here twice",
    'firewall.guests[0].name: the guest has no name',
  ])
})

test('addresses cannot be held to where nobody knows them', () => {
  const message = 'this host has no address on the network, so nobody knows which ones are its guests'
  const path = 'firewall.guests[0].antiSpoofing'
  const guests = [{ name: 'a', antiSpoofing: 'address', rules: [] }] as const
  assert.deepEqual(problems({ guests }, HOST_BRIDGE), [`${path}: ${message}`])
  assert.deepEqual(problems({ antiSpoofing: 'mac' }, HOST_BRIDGE), [])
})

test('macvtaps are on no bridge', () => {
  assert.match(
    problems({ in: 'deny' }, MACVTAP).join(),
    /^firewall: a network of mode private .* has no 'firewall'$/,
  )
})
