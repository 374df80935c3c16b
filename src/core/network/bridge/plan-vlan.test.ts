/** VLANs as commands, for kernels whose bridges know them; and what is refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import type { SeenLink } from '../../host/link.ts'
import type { Step } from '../../plan/plan.ts'
import { renderAction } from '../../plan/render.ts'
import { seenRunning } from '../golden-case.ts'
import { DEFAULT, HOST_BRIDGE, MACVTAP } from '../golden-networks.ts'
import { portVlanSteps, switchVlanSteps, vlanOf } from './plan-vlan.ts'
import { networkProblems, startProblems } from '../problems/problems.ts'
import { pathsUnder } from '../../host/paths.ts'
import type { NetworkSpec } from '../spec.ts'

const vnet0 = 'vnet0' as InterfaceName
const lines = (steps: readonly Step[]): string[] => steps.map((step) => renderAction(step.do))
const messages = (spec: NetworkSpec): string[] =>
  networkProblems(spec, []).map(({ path, message }) => `${path}: ${message}`)
const seen = seenRunning([DEFAULT], { paths: pathsUnder('/') } as Parameters<typeof seenRunning>[1])
const withBridge = (isVlanAware: boolean): { links: SeenLink[] } => ({
  links: seen.links.map((link) => ({
    ...link,
    bridge: link.bridge === undefined ? undefined : { ...link.bridge, isVlanAware },
  })),
})

test('one VLAN: the guest sees no tags, and the switch takes it for no member of another', () => {
  assert.deepEqual(lines(portVlanSteps(vnet0, { tags: [{ id: 42 }] })), [
    'bridge vlan delete dev vnet0 vid 1',
    'bridge vlan add dev vnet0 vid 42 pvid untagged',
  ])
  assert.deepEqual(lines(portVlanSteps(vnet0, { tags: [{ id: 1 }] })), [
    'bridge vlan add dev vnet0 vid 1 pvid untagged',
  ])
  assert.deepEqual(portVlanSteps(vnet0, undefined), [])
})

test('a trunk: the guest sees the tags, but for the VLAN that is its own', () => {
  const trunk = { isTrunk: true, tags: [{ id: 42, nativeMode: 'untagged' }, { id: 47 }] } as const
  assert.deepEqual(lines(portVlanSteps(vnet0, trunk)), [
    'bridge vlan delete dev vnet0 vid 1',
    'bridge vlan add dev vnet0 vid 42 pvid untagged',
    'bridge vlan add dev vnet0 vid 47',
  ])
  const tagged = { isTrunk: true, tags: [{ id: 42, nativeMode: 'tagged' }] } as const
  assert.equal(lines(portVlanSteps(vnet0, tagged))[1], 'bridge vlan add dev vnet0 vid 42 pvid')
})

test('the switch looks at tags while some guest has a VLAN, and only then', () => {
  const network = { ...DEFAULT, portgroups: [{ name: 'dmz', vlan: { tags: [{ id: 5 }] } }] }
  const on = 'ip link set dev virbr0 type bridge vlan_filtering 1'
  assert.deepEqual(lines(switchVlanSteps(network, withBridge(false))), [on])
  assert.deepEqual(switchVlanSteps(network, withBridge(true)), [])
  assert.deepEqual(switchVlanSteps(DEFAULT, withBridge(false)), [])
  assert.equal(switchVlanSteps(DEFAULT, withBridge(true)).length, 1)
})

test("the port group's VLAN comes before the network's", () => {
  const own = { tags: [{ id: 5 }] }
  const network = { ...DEFAULT, vlan: { tags: [{ id: 7 }] }, portgroups: [{ name: 'dmz', vlan: own }] }
  assert.equal(vlanOf({ portgroup: 'dmz' }, network), own)
  assert.equal(vlanOf({}, network), network.vlan)
})

test('numbers that are no VLANs, two of one kind, and places without a switch are refused', () => {
  const of = (...tags: { id: number; nativeMode?: 'tagged' }[]): string[] =>
    messages({ ...DEFAULT, vlan: { tags } })
  assert.deepEqual(of({ id: 4095 }), ['vlan: 4095 is not the number of a VLAN'])
  assert.deepEqual(of({ id: 2 }, { id: 2 }), ['vlan: VLAN 2 stands here twice'])
  assert.deepEqual(of({ id: 2, nativeMode: 'tagged' }, { id: 3, nativeMode: 'tagged' }), [
    'vlan: packets without a tag can be of one VLAN only',
  ])
  assert.deepEqual(messages({ ...MACVTAP, vlan: { tags: [{ id: 2 }] } }), [
    "vlan: guests of 'lan' sit on a NIC, which puts no tags on for them",
  ])
})

test('a bridge of the host has to look at tags already', () => {
  const links = withBridge(false).links.map((link) => ({ ...link, name: 'br0' as InterfaceName }))
  const wanted = { ...HOST_BRIDGE, vlan: { tags: [{ id: 2 }] } }
  assert.deepEqual(
    startProblems(wanted, { ...seen, links }).map(({ message, hint }) => [message, hint]),
    [["the bridge 'br0' does not look at VLAN tags", 'ip link set dev br0 type bridge vlan_filtering 1']],
  )
})
