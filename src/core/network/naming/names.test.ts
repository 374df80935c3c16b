/** Domains of networks, reverse zones of subnets, what is never asked for outside, and which guests this host knows by which name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import { parseIpv4Cidr, type Ipv4Address } from '../../address/ipv4.ts'
import { parseIpv6Cidr } from '../../address/ipv6.ts'
import type { MacAddress } from '../../address/mac.ts'
import { leaseFile, networkPortFile, pathsUnder } from '../../host/paths.ts'
import type { HostFacts } from '../../host/facts.ts'
import { seenRunning } from '../golden-case.ts'
import { DEFAULT, LAB, network, QUIET } from '../golden-networks.ts'
import { guestLines } from './guest-names.ts'
import { domainOf, hasLocalPtr, isLocalDomain, isRegistered, reverseZones } from './names.ts'
import { planNames } from './plan-names.ts'
import { renderHeadline } from '../../plan/render.ts'
import { networkProblems } from '../problems/problems.ts'
import type { SeenHost } from '../seen.ts'
import type { IpSpec, NetworkSpec } from '../spec.ts'

const ip = (text: string): IpSpec => {
  const [ipv4, ipv6] = [parseIpv4Cidr(text), parseIpv6Cidr(text)]
  if (ipv4 !== undefined) return { family: 'ipv4', cidr: ipv4, prefixSpelling: 'prefix' }
  return { family: 'ipv6', cidr: ipv6 ?? assert.fail(text), prefixSpelling: 'prefix' }
}
const named = (name: string, more: object = {}): NetworkSpec => ({ ...DEFAULT, domain: { name, ...more } })

test('a network without a domain has one of its own, where its name can be part of one', () => {
  assert.equal(domainOf(DEFAULT), 'default.internal')
  assert.equal(domainOf(network('Büro 2', 'virbr7', 7)), undefined)
  assert.equal(domainOf(named('lab.example')), 'lab.example')
})

test('what nobody outside can know is not asked for outside, unless the definition says so', () => {
  for (const name of ['lab', 'lab.example', 'a.b.internal', 'x.home.arpa', 'office.lan'])
    assert.equal(isLocalDomain(named(name)), true, name)
  for (const name of ['example.com', 'corp.example.org', 'arpa.net'])
    assert.equal(isLocalDomain(named(name)), false, name)
  assert.equal(isLocalDomain(named('lab.example', { isLocalOnly: false })), false)
  assert.equal(isLocalDomain(named('example.com', { isLocalOnly: true })), true)
  for (const text of ['192.168.122.1/24', '10.1.0.1/16', '172.31.0.1/24', '100.64.3.1/24', 'fd00::1/64'])
    assert.equal(hasLocalPtr(ip(text)), true, text)
  for (const text of ['203.0.113.1/24', '172.32.0.1/24', '2001:db8::1/64'])
    assert.equal(hasLocalPtr(ip(text)), false, text)
  assert.equal(hasLocalPtr({ ...ip('10.1.0.1/16'), hasLocalPtr: false }), false)
})

test('a subnet that does not end with a whole label has several reverse zones', () => {
  assert.deepEqual(reverseZones(ip('192.168.122.1/24')), ['122.168.192.in-addr.arpa'])
  assert.deepEqual(
    reverseZones(ip('10.20.5.1/22')),
    [4, 5, 6, 7].map((part) => `${part}.20.10.in-addr.arpa`),
  )
  assert.equal(reverseZones(ip('fd00:1::1/64')).join(), `0.0.0.0.0.0.0.0.1.0.0.0.0.0.d.f.ip6.arpa`)
  assert.equal(reverseZones(ip('fd00:1::1/62')).length, 4)
})

test('this host looks up what is local; more only where nothing goes round in circles', () => {
  assert.equal(isRegistered(DEFAULT), true)
  assert.equal(isRegistered(named('lab.example', { register: false })), false)
  assert.equal(isRegistered(named('example.com')), false)
  assert.deepEqual(networkProblems(named('example.com', { register: true, isLocalOnly: true }), []), [])
  const [problem] = networkProblems(named('example.com', { register: true }), [])
  assert.equal(problem?.path, 'domain.register')
})

const facts = { paths: pathsUnder('/') } as HostFacts
const MAC = '52:54:00:00:00:0a' as MacAddress
const port = (where: string, hostName: string, more: object = {}): [string, string] => [
  networkPortFile(facts.paths, where, 'virbr0'),
  JSON.stringify({ network: where, interface: 'virbr0' as InterfaceName, mac: MAC, hostName, ...more }),
]
const lease = (where: string, address: string, name: string): [string, string] => [
  leaseFile(facts.paths, where),
  `1795290000 ${MAC} ${address} ${name} *\n`,
]

test('a guest is known by the name it was given; one that it made up holds in its domain only', () => {
  const seen = seenRunning([DEFAULT, QUIET], facts)
  const files = new Map([
    ...seen.files,
    port('default', 'web', { ip: '192.168.122.9' as Ipv4Address }),
    lease('default', '192.168.122.50', 'LocalHost'),
    lease('quiet', '10.77.0.5', 'web.evil.example'),
  ])
  assert.deepEqual(guestLines([DEFAULT, QUIET], { ...seen, files }, facts, new Set()), [
    '192.168.122.50 localhost.default.internal',
    '192.168.122.9 web.default.internal web',
  ])
  assert.deepEqual(
    guestLines([DEFAULT], { ...seen, files }, facts, new Set(['web']))[1],
    '192.168.122.9 web.default.internal',
  )
})

test('a name that two networks have stands alone for neither', () => {
  const seen = seenRunning([DEFAULT, LAB], facts)
  const files = new Map([
    ...seen.files,
    port('default', 'web', { ip: '192.168.122.9' as Ipv4Address }),
    port('lab', 'web', { ip: '192.168.150.9' as Ipv4Address }),
  ])
  assert.deepEqual(guestLines([DEFAULT, LAB], { ...seen, files }, facts, new Set()), [
    '192.168.122.9 web.default.internal',
    '192.168.150.9 web.lab.internal',
  ])
})

test('systemd-resolved is told with the first guest, once, and told to forget with the last', () => {
  const seen = seenRunning([DEFAULT], facts)
  const served = { ...seen, dnsmasqRunning: new Set(['default']) }
  const deeds = (
    links: Map<number, { servers: string[]; domains: string[] }>,
    at: SeenHost = served,
  ): string[] =>
    planNames([DEFAULT], { kind: 'resolved', links }, at, facts).steps.map((step) => renderHeadline(step.do))
  assert.deepEqual(deeds(new Map()), [
    'resolvectl default-route virbr0 no',
    "resolvectl domain virbr0 '~default.internal' '~122.168.192.in-addr.arpa'",
    'resolvectl dns virbr0 192.168.122.1',
  ])
  const domains = ['~122.168.192.in-addr.arpa', '~default.internal']
  const told = new Map([[2, { servers: ['192.168.122.1'], domains }]])
  assert.deepEqual(deeds(told), [])
  assert.deepEqual(deeds(told, seen), ['resolvectl revert virbr0'])
  assert.deepEqual(deeds(new Map(), seen), [])
})
