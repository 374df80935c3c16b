/** Which address a machine keeps, what becomes of it when its network changes, and which leases are in the way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import type { Ipv4Address } from '../../address/ipv4.ts'
import type { Ipv6Address } from '../../address/ipv6.ts'
import type { MacAddress } from '../../address/mac.ts'
import { keptAddressesFile, leaseFile, networkPortFile, pathsUnder } from '../../host/paths.ts'
import type { HostFacts } from '../../host/facts.ts'
import { keptProblems } from '../problems/address-problems.ts'
import { chooseAddresses, type Asker, type Holders } from './choose-address.ts'
import { hostsLines } from '../dnsmasq/dnsmasq-hosts.ts'
import { network, subnet, subnet6 } from '../golden-networks.ts'
import { seenRunning } from '../golden-case.ts'
import { fittingAddresses, keepSteps, keptAddresses, type KeptAddress } from './kept-addresses.ts'
import { dropLeaseSteps, staleLeases } from './plan-leases.ts'
import type { PortSpec } from '../port.ts'
import type { SeenHost } from '../seen.ts'
import type { Reservation } from '../spec.ts'

const facts = { paths: pathsUnder('/') } as HostFacts
const mac = (last: string) => `52:54:00:00:00:${last}` as MacAddress
const ip = (last: number) => `10.5.0.${String(last)}` as Ipv4Address
const web: Asker = { mac: mac('01'), machine: 'web', hostName: 'web' }
const nobody: Holders = { kept: [], ports: [], leases: [], leases6: [] }

function lab(hosts: readonly Reservation[] = []) {
  const [own] = subnet('10.5.0.1/24').ips
  const dhcp = { ranges: [{ start: ip(100), end: ip(110) }], hosts }
  return network('lab', 'virbr1', 2, { ips: [{ ...own, dhcp }] })
}

const chosen = (asker: Asker, holders: Partial<Holders>, hosts: readonly Reservation[] = []): unknown =>
  chooseAddresses(lab(hosts), [asker], { ...nobody, ...holders }).find((each) => each.mac === asker.mac)?.ip

test('what was asked for, else what it had, else what it has on lease, else the highest that nobody holds', () => {
  const before: KeptAddress = { mac: web.mac, ip: ip(104), machine: 'web' }
  const lease = { mac: web.mac, ip: ip(102), expires: 0 }
  assert.equal(chosen({ ...web, ip: ip(50) }, { kept: [before] }), ip(50))
  assert.equal(chosen(web, { kept: [before], leases: [lease] }), ip(104))
  assert.equal(chosen(web, { leases: [lease] }), ip(102))
  const other: KeptAddress = { mac: mac('02'), ip: ip(110), machine: 'db' }
  const port = { ip: ip(109), mac: mac('03') } as PortSpec
  const leased = { mac: mac('04'), ip: ip(108), expires: 0 }
  assert.equal(chosen(web, { kept: [other], ports: [port], leases: [leased] }), ip(107))
})

test('who has a reservation needs nothing kept', () => {
  assert.equal(chosen(web, {}, [{ mac: web.mac, ip: ip(7) }]), undefined)
  assert.equal(chosen(web, {}, [{ name: 'web', ip: ip(7) }]), undefined)
  assert.equal(chosen(web, {}, [{ mac: web.mac, name: 'www' }]), ip(110))
})

test('what the network has no more counts as not there, and another is chosen', () => {
  const kept: KeptAddress[] = [
    { mac: web.mac, ip: '10.6.0.4' as Ipv4Address, machine: 'web' },
    { mac: mac('02'), ip: ip(255), machine: 'edge' },
    { mac: mac('03'), ip: ip(9), ip6: 'fd05::9' as Ipv6Address, machine: 'both' },
  ]
  assert.deepEqual(fittingAddresses(lab(), kept), [{ mac: mac('03'), ip: ip(9), machine: 'both' }])
  assert.equal(chosen(web, { kept }), ip(110))
  assert.deepEqual(fittingAddresses(lab([{ mac: mac('09'), ip: ip(9) }]), kept), [])
})

test('dnsmasq is told of machines that are off, by both families, and a reservation goes before what is kept', () => {
  const both = {
    ...lab(),
    ips: [...lab().ips, { ...subnet6('fd05::1/64'), dhcp: { ranges: [], hosts: [] } }],
  }
  const kept = [{ mac: web.mac, ip: ip(9), ip6: 'fd05::9' as Ipv6Address, machine: 'web' }]
  const port = { network: 'lab', interface: 'vnet0' as InterfaceName, mac: web.mac, hostName: 'web' }
  assert.deepEqual(hostsLines(both, [], kept), ['52:54:00:00:00:01,10.5.0.9,[fd05::9]'])
  assert.deepEqual(hostsLines(both, [port], kept), ['52:54:00:00:00:01,10.5.0.9,[fd05::9],web'])
  assert.deepEqual(hostsLines(lab([{ mac: web.mac, ip: ip(7) }]), [port], kept), [
    '52:54:00:00:00:01,10.5.0.7,web',
  ])
})

test('a reservation for an address that a machine keeps is refused, but for that machine', () => {
  const kept = [{ mac: web.mac, ip: ip(9), machine: 'web' }]
  const messages = (host: Reservation): string[] =>
    keptProblems(lab([host]), kept).map(({ message }) => message)
  assert.deepEqual(messages({ mac: mac('02'), ip: ip(9) }), ["10.5.0.9 is kept for machine 'web'"])
  assert.deepEqual([messages({ mac: web.mac, ip: ip(9) }), messages({ name: 'web', ip: ip(9) })], [[], []])
})

test('the file goes with its last address, and one that is not of weft’s writing has none', () => {
  const path = keptAddressesFile(facts.paths, 'lab')
  const seen = { files: new Map([[path, 'not json']]) }
  assert.deepEqual(keptAddresses('lab', seen, facts), [])
  const wanted = [{ mac: web.mac, ip: ip(9), machine: 'web' }]
  const [write] = keepSteps('lab', wanted, { files: new Map() }, facts)
  assert.equal(write?.do.kind, 'write')
  assert.equal(write.reason, 'web keeps 10.5.0.9 on lab until it is deleted')
  const there = { files: new Map([[path, write.do.content]]) }
  assert.deepEqual(keepSteps('lab', wanted, there, facts), [])
  assert.deepEqual(keepSteps('lab', [], there, facts)[0]?.do, { kind: 'remove', path })
})

const LEASES = `1795290000 ${mac('02')} 10.5.0.9 db *\n1795290000 ${mac('03')} 10.5.0.101 * *\nduid 00:01\n`

function withLeases(
  more: Partial<SeenHost> = {},
  files: readonly (readonly [string, string])[] = [],
): SeenHost {
  const kept = `[${JSON.stringify({ mac: web.mac, ip: ip(9), machine: 'web' })}]`
  const seen = { ...seenRunning([lab()], facts), ...more }
  const own = [
    [leaseFile(facts.paths, 'lab'), LEASES],
    [keptAddressesFile(facts.paths, 'lab'), kept],
  ] as const
  return { ...seen, files: new Map([...seen.files, ...own, ...files]) }
}

test('a lease on an address that is meant for another is in the way, unless its guest is there, or somebody unknown', () => {
  const stale = (seen: SeenHost, ports: readonly PortSpec[] = []): string[] =>
    staleLeases(lab(), ports, seen, facts).map((lease) => lease.ip)
  assert.deepEqual(stale(withLeases()), ['10.5.0.9'])
  const here = { network: 'lab', interface: 'vnet0' as InterfaceName, mac: mac('02') }
  assert.deepEqual(stale(withLeases(), [here]), [])
  const links = seenRunning([lab()], facts).links
  const plugged = {
    ...links[0]!,
    name: 'vnet0' as InterfaceName,
    kind: 'tun',
    master: 'virbr1' as InterfaceName,
  }
  const strange = { links: [...links, plugged] }
  assert.deepEqual(stale(withLeases(strange)), [])
  const note = [
    networkPortFile(facts.paths, 'lab', 'vnet0'),
    JSON.stringify({ ...here, mac: mac('05') }),
  ] as const
  assert.deepEqual(stale(withLeases(strange, [note])), ['10.5.0.9'])
})

test('while dnsmasq does not run its line goes, and no other', () => {
  const seen = withLeases()
  const [step] = dropLeaseSteps(lab(), staleLeases(lab(), [], seen, facts), seen, facts)
  assert.equal(step?.do.kind === 'write' && step.do.content, LEASES.split('\n').slice(1).join('\n'))
  assert.equal(step?.undo.kind === 'write' && step.undo.content, LEASES)
})
