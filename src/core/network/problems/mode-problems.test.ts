/** What each mode allows, and what records, routes and IPv6 addresses may not be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import type { Ipv4Address } from '../../address/ipv4.ts'
import { parseIpv6Cidr, type Ipv6Address } from '../../address/ipv6.ts'
import { DEFAULT, HOST_BRIDGE, MACVTAP, OPEN, ROUTED, SERVED, subnet6 } from '../golden-networks.ts'
import { networkProblems, startProblems } from './problems.ts'
import { seenRunning } from '../golden-case.ts'
import type { DnsSpec, NetworkSpec } from '../spec.ts'
import { pathsUnder } from '../../host/paths.ts'

const messages = (spec: NetworkSpec): string[] =>
  networkProblems(spec, []).map(({ path, message }) => `${path}: ${message}`)
const eth0 = 'eth0' as InterfaceName

test('the golden networks have no problems', () => {
  for (const spec of [DEFAULT, ROUTED, OPEN, SERVED, HOST_BRIDGE, MACVTAP])
    assert.deepEqual(messages(spec), [])
})

test('modes and what contradicts them', () => {
  assert.match(messages({ ...ROUTED, ips: [] })[0] ?? '', /^ips: a route network needs an address/)
  assert.match(
    messages({ ...OPEN, forwardDevice: eth0 })[0] ?? '',
    /^forwardDevice: an open network has no rules/,
  )
  assert.match(
    messages({ ...ROUTED, nat: { ipv6: true } })[0] ?? '',
    /^nat: a network of mode route translates/,
  )
  assert.match(
    messages({ ...DEFAULT, nat: { ports: { start: 9, end: 1 } } })[0] ?? '',
    /^nat.ports: 9 to 1 is not/,
  )
  assert.match(messages({ ...DEFAULT, mtu: 20 })[0] ?? '', /^mtu: the MTU of 20 is not within 68/)
  assert.match(messages({ ...SERVED, mtu: 1000 })[0] ?? '', /within 1280/)
})

test('a network that borrows its switch has nothing of its own', () => {
  const said = messages({ ...HOST_BRIDGE, ips: DEFAULT.ips, mtu: 1400, devices: [eth0] })
  assert.deepEqual(
    said.map((line) => line.split(':')[0]),
    ['ips', 'mtu', 'devices'],
  )
  assert.match(
    messages({ ...MACVTAP, devices: [] })[0] ?? '',
    /^devices: a network of mode private needs to know/,
  )
  assert.match(
    messages({ ...MACVTAP, devices: [eth0, eth0] })[0] ?? '',
    /^devices: the device 'eth0' is listed twice/,
  )
  const { devices, ...rest } = MACVTAP
  assert.equal(devices?.length, 1)
  assert.match(messages({ ...rest, hostBridge: eth0 })[0] ?? '', /^bridge.name: mode private uses NICs/)
})

test('several networks may borrow one bridge, but not one that is somebody’s own', () => {
  const other = { ...HOST_BRIDGE, name: 'more', uuid: '927f4393-3e4e-4a94-9e42-67c4ebe45559' }
  assert.deepEqual(networkProblems(other, [HOST_BRIDGE]), [])
  const own = { ...DEFAULT, bridge: { ...DEFAULT.bridge, name: 'br0' as InterfaceName } }
  assert.match(networkProblems(HOST_BRIDGE, [own])[0]?.message ?? '', /belongs to network 'default'/)
})

test('IPv6 addresses, ranges and reservations', () => {
  const bad = (address: string, more = {}): string =>
    messages({ ...DEFAULT, ips: [subnet6(address, more)] })[0] ?? ''
  assert.match(bad('fe80::1/64'), /is not an address a host can have/)
  assert.match(bad('fd00::1/56'), /guests make up their own addresses in a \/64 only/)
  assert.match(bad('fd00::/64'), /means any router of fd00::\/64/)
  assert.match(bad('fd00::1/61', { hasLocalPtr: true, dhcp: { ranges: [], hosts: [] } }), /reverse names/)
  const dhcp = {
    ranges: [{ start: 'fd00::9' as Ipv6Address, end: 'fd00::2' as Ipv6Address }],
    hosts: [
      { id: 'zz', ip: 'fd01::1' as Ipv6Address },
      { name: 'a', ip: 'fd00::1' as Ipv6Address },
    ],
  }
  assert.deepEqual(messages({ ...DEFAULT, ips: [subnet6('fd00::1/64', { dhcp })] }), [
    'ips[0].dhcp.ranges[0]: the range fd00::9 to fd00::2 is reversed',
    "ips[0].dhcp.hosts[0].id: 'zz' is not a DUID",
    'ips[0].dhcp.hosts[0].ip: fd01::1 is not inside fd00::/64',
    "ips[0].dhcp.hosts[1].ip: fd00::1 is this host's own address on the network",
  ])
})

test('two subnets of one network must not overlap, nor both have DHCP', () => {
  assert.deepEqual(messages({ ...DEFAULT, ips: [...DEFAULT.ips, ...structuredClone(DEFAULT.ips)] }), [
    'ips[1].dhcp: a second IPv4 address of the network has DHCP',
    'ips[1].cidr: 192.168.122.0/24 overlaps another subnet of this network',
  ])
})

test('records, routes and lines for dnsmasq', () => {
  const dns: DnsSpec = {
    isEnabled: false,
    forwarders: [{}],
    txts: [{ name: 'a,b', value: 'x' }],
    srvs: [{ service: 'x y', protocol: 'tcp', port: 0 }],
    hosts: [{ ip: '10.0.0.1' as Ipv4Address, names: ['-x'] }],
  }
  const destination = { address: '10.1.0.5' as Ipv4Address, prefix: 16 }
  const gateway = '10.9.9.9' as Ipv4Address
  const said = messages({
    ...DEFAULT,
    dns,
    routes: [{ family: 'ipv4', destination, prefixSpelling: 'prefix', gateway, metric: 0 }],
    dnsmasqOptions: ['dhcp-script=/bin/sh', 'a\nuser=root', 'cname=a,b'],
  })
  assert.deepEqual(said, [
    'routes[0].destination: 10.1.0.5 is not the first address of 10.1.0.0/16',
    "routes[0].gateway: the gateway 10.9.9.9 is in none of the network's subnets",
    'routes[0].metric: 0 is no metric',
    'dns: DNS is switched off, and yet has records',
    'dns.forwarders[0]: the forwarder has neither an address nor a domain',
    "dns.hosts[0]: '-x' is not a domain name",
    "dns.txts[0]: 'a,b' cannot be a TXT record",
    "dns.srvs[0].service: 'x y' cannot be a service",
    'dns.srvs[0].port: a service without a target has no port',
    "dnsmasqOptions[0]: 'dhcp-script' would have dnsmasq run as or for somebody else",
    'dnsmasqOptions[1]: an option for dnsmasq is one line',
  ])
})

test('on this host: an IPv6 subnet that is in use, in whatever table', () => {
  const facts = { paths: pathsUnder('/') } as Parameters<typeof seenRunning>[1]
  const destination = parseIpv6Cidr('fd77::/16') ?? assert.fail()
  const route = { destination, device: eth0, table: '51820', gateway: undefined, metric: undefined }
  const spec = { ...DEFAULT, ips: [subnet6('fd77:122::1/64')] }
  const said = startProblems(spec, { ...seenRunning([], facts), routes6: [route] })
  assert.match(said[0]?.message ?? '', /in use on this host: there is a route to fd77::\/16 through 'eth0'/)
})
