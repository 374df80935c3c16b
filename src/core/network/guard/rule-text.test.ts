/** Rules as text: what is understood, what is refused, and that every rule comes back as it was. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { InterfaceName } from '../../address/interface-name.ts'
import type { MacAddress } from '../../address/mac.ts'
import { DEFAULT } from '../golden-networks.ts'
import type { Rule } from './firewall-spec.ts'
import { formatCidrs, formatPorts } from './intervals.ts'
import { guardOf } from './network-guard.ts'
import { formatRule, parseCidr, parseRule } from './rule-text.ts'

function parse(text: string): Rule {
  const parsed = parseRule(text)
  if ('problem' in parsed) assert.fail(parsed.problem.message)
  return parsed.rule
}

function refusal(text: string): string {
  const parsed = parseRule(text)
  if ('rule' in parsed) assert.fail(`'${text}' was not refused`)
  return parsed.problem.message
}

for (const [text, written] of [
  ['allow in tcp 22', 'allow in tcp 22'],
  ['  allow   in tcp 22,8000-8100  from 10.0.0.7/8', 'allow in tcp 22,8000-8100 from 10.0.0.0/8'],
  ['deny out udp to @web', 'deny out udp to @web'],
  ['deny out any to db', 'deny out to db'],
  ['allow in icmp from any', 'allow in icmp'],
  ['deny in', 'deny in'],
  ['allow in from 192.0.2.1,2001:DB8::/32', 'allow in from 192.0.2.1,2001:db8::/32'],
] as const) {
  test(`'${text.trim()}' is understood`, () => {
    assert.equal(formatRule(parse(text)), written)
    assert.deepEqual(parse(written), parse(text))
  })
}

for (const [text, why] of [
  ['', "a rule begins with allow or deny, not with ''"],
  ['permit in', "a rule begins with allow or deny, not with 'permit'"],
  ['allow tcp 22', "after 'allow' comes 'in' or 'out', as the guest sees it, not 'tcp'"],
  ['allow in sctp', "'sctp' is not a protocol"],
  ['allow in icmp 8', 'only tcp and udp have ports, icmp has none'],
  ['allow in 22', 'only tcp and udp have ports, any has none'],
  ['allow in tcp 0', "'0' is not a port or a range of ports"],
  ['allow in tcp 65536', "'65536' is not a port or a range of ports"],
  ['allow in tcp ssh', "'ssh' is not a port or a range of ports"],
  ['allow in tcp 90-80', 'the range of ports 90-80 is the wrong way round'],
  ['allow in tcp 22 to db', "a rule about packets that come in says 'from', not 'to'"],
  ['allow in tcp 22 from', "after 'from' comes an address, a guest or @GROUP"],
  ['allow in tcp 22 from a b', "'b' was not expected after 'a'"],
  ['allow in tcp 22 source db', "'source' was not expected here"],
  ['allow in from 10.0.0.0/33', "'10.0.0.0/33' is not an address or a subnet"],
  ['allow in from 10.0.0.256', "'10.0.0.256' is not an address or a subnet"],
  ['allow in from fd00::/129', "'fd00::/129' is not an address or a subnet"],
] as const) {
  test(`'${text}' is refused`, () => {
    assert.equal(refusal(text), why)
  })
}

test('no text makes the reader fall over', () => {
  const word = fc.constantFrom(
    'allow',
    'deny',
    'in',
    'out',
    'tcp',
    'icmp',
    '22',
    '1-2,3',
    'from',
    'to',
    '@a',
    '::',
    '/',
  )
  const texts = fc.oneof(
    fc.string(),
    fc.array(word).map((words) => words.join(' ')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseRule(text)
      if ('rule' in parsed) assert.deepEqual(parse(formatRule(parsed.rule)), parsed.rule)
      else assert.notEqual(parsed.problem.message, '')
    }),
  )
})

test('neighbours are one range or subnet, as nft prints them', () => {
  const cidrs = (...texts: string[]): string => formatCidrs(texts.flatMap((text) => parseCidr(text) ?? []))
  assert.equal(cidrs('10.128.0.0/9', '1.1.1.2', '10.0.0.0/9', '1.1.1.1'), '{ 1.1.1.1-1.1.1.2, 10.0.0.0/8 }')
  assert.equal(cidrs('10.0.0.0/8', '10.1.0.0/16'), '10.0.0.0/8')
  assert.equal(cidrs('::/0'), '::/0')
  assert.equal(
    formatPorts([
      { start: 81, end: 90 },
      { start: 80, end: 80 },
      { start: 443, end: 443 },
    ]),
    '{ 80-90, 443 }',
  )
})

test('the rules of a thousand guests need no more chains than those of one', () => {
  const firewall = { in: 'deny', rules: [parse('allow in tcp 22')], groups: [], guests: [] } as const
  const ports = Array.from({ length: 1000 }, (_, index) => ({
    network: 'default',
    interface: `vnet${String(index)}` as InterfaceName,
    mac: `52:54:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}` as MacAddress,
    hostName: `guest${String(index)}`,
  }))
  const chains = (count: number): string[] =>
    [...(guardOf({ ...DEFAULT, firewall }, ports.slice(0, count))?.chains.keys() ?? [])].filter(
      (name) => !name.startsWith('default/senders/'),
    )
  assert.deepEqual(chains(1000), chains(1))
})
