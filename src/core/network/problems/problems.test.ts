/** What can be wrong with a network, beside others, and on a host. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import { parseIpv4, parseIpv4Cidr, type Ipv4Address, type Ipv4Cidr } from '../../address/ipv4.ts'
import type { MacAddress } from '../../address/mac.ts'
import { pathsUnder } from '../../host/paths.ts'
import { chooseBridgeName, defaultNetwork } from '../default-network.ts'
import { seenRunning } from '../golden-case.ts'
import { ipv4Of } from '../ips.ts'
import { networkProblems, startProblems } from './problems.ts'
import type { SeenHost } from '../seen.ts'
import type { BridgeSpec, Ipv4Spec, NetworkSpec } from '../spec.ts'

const facts = {
  paths: pathsUnder('/'),
  qemuUser: { name: 'q', owner: { uid: 1, gid: 1 } },
  dnsmasqUser: 'd',
  programs: {
    ip: undefined,
    nft: undefined,
    dnsmasq: undefined,
    'qemu-system-x86_64': undefined,
    'qemu-img': undefined,
    setpriv: undefined,
  },
}

const address = (text: string): Ipv4Address => parseIpv4(text) ?? assert.fail(text)
const cidr = (text: string): Ipv4Cidr => parseIpv4Cidr(text) ?? assert.fail(text)
const mac = (last: string): MacAddress => `52:54:00:00:00:${last}` as MacAddress

function lab(more: Partial<NetworkSpec> = {}): NetworkSpec {
  const chosen = {
    uuid: '927f4393-3e4e-4a94-9e42-67c4ebe45555',
    mac: mac('01'),
    bridgeName: 'virbr1' as InterfaceName,
  }
  return { ...defaultNetwork(chosen, cidr('192.168.150.1/24')), name: 'lab', ...more }
}

function labIp(more: Partial<Ipv4Spec>): NetworkSpec {
  return lab({ ips: [{ ...(ipv4Of(lab()) ?? assert.fail()), ...more }] })
}

function messages(spec: NetworkSpec, others: readonly NetworkSpec[] = []): string[] {
  return networkProblems(spec, others).map(({ path, message }) => `${path}: ${message}`)
}

function host(more: Partial<SeenHost> = {}): SeenHost {
  return { ...seenRunning([], facts), ...more }
}

const route = (destination: string, device = 'eth0', table = 'main'): SeenHost['routes'][number] => ({
  destination: cidr(destination),
  device: device as InterfaceName,
  table,
  gateway: undefined,
  metric: undefined,
})

test('a good definition has no problems, beside itself neither', () => {
  assert.deepEqual(messages(lab(), [lab()]), [])
})

test('all problems at once', () => {
  const bad = lab({
    name: 'a/b',
    uuid: 'x',
    bridge: { name: 'much-too-long-name' as InterfaceName, stp: true, delaySeconds: -1 },
    mac: '01:00:5e:00:00:01' as MacAddress,
    domain: { name: '-x.example', isLocalOnly: false },
    forwardDevice: 'much-too-long-name' as InterfaceName,
  })
  assert.deepEqual(
    networkProblems(bad, []).map(({ path }) => path),
    ['name', 'uuid', 'bridge.name', 'bridge.delaySeconds', 'mac', 'forwardDevice', 'domain.name'],
  )
  assert.ok(networkProblems(bad, []).every(({ hint }) => hint !== undefined))
})

test('contradictions: nat without an address, isolated through a device', () => {
  assert.match(messages(lab({ ips: [] }))[0] ?? '', /^ips: a nat network needs an address/)
  const through = lab({ mode: 'isolated', forwardDevice: 'eth0' as InterfaceName })
  assert.deepEqual(messages(through), [
    "forwardDevice: an isolated network forwards nothing, through 'eth0' neither",
  ])
})

test('ranges outside, reversed, at the edge', () => {
  const span = (start: string, end: string): { start: Ipv4Address; end: Ipv4Address } => ({
    start: address(start),
    end: address(end),
  })
  const ranges = [
    span('192.168.150.9', '192.168.150.2'),
    span('192.168.151.2', '192.168.151.9'),
    span('192.168.150.0', '192.168.150.255'),
  ]
  assert.deepEqual(messages(labIp({ dhcp: { ranges, hosts: [] } })), [
    'ips[0].dhcp.ranges[0]: the range 192.168.150.9 to 192.168.150.2 is reversed',
    'ips[0].dhcp.ranges[1]: the range 192.168.151.2 to 192.168.151.9 is not inside 192.168.150.0/24',
    'ips[0].dhcp.ranges[2]: the range 192.168.150.0 to 192.168.150.255 takes in 192.168.150.0, the network address of 192.168.150.0/24',
    'ips[0].dhcp.ranges[2]: the range 192.168.150.0 to 192.168.150.255 takes in 192.168.150.255, the broadcast address of 192.168.150.0/24',
  ])
})

test("reservations: twice, the host's own address, outside, nothing", () => {
  const hosts = [
    { mac: mac('07'), ip: address('192.168.150.7'), name: 'a' },
    { mac: mac('07'), ip: address('192.168.150.7'), name: 'A' },
    { mac: mac('08'), ip: address('192.168.150.1') },
    { mac: mac('09'), ip: address('10.0.0.9') },
    { mac: mac('0a') },
  ]
  assert.deepEqual(messages(labIp({ dhcp: { ranges: [], hosts } })), [
    "ips[0].dhcp.hosts[2].ip: 192.168.150.1 is this host's own address on the network",
    'ips[0].dhcp.hosts[3].ip: 10.0.0.9 is not inside 192.168.150.0/24',
    'ips[0].dhcp.hosts[4]: the reservation for 52:54:00:00:00:0a reserves nothing',
    'ips[0].dhcp.hosts[1].mac: the MAC 52:54:00:00:00:07 is reserved twice',
    'ips[0].dhcp.hosts[1].ip: the address 192.168.150.7 is reserved twice',
    'ips[0].dhcp.hosts[1].name: the name a is reserved twice',
  ])
})

test('what two networks cannot both have', () => {
  assert.deepEqual(messages(lab({ name: 'other' }), [lab()]), [
    "uuid: network 'lab' has this UUID already",
    "bridge.name: the bridge name 'virbr1' belongs to network 'lab'",
    "mac: the bridge of network 'lab' has the MAC 52:54:00:00:00:01 already",
    "ips[0].cidr: 192.168.150.0/24 overlaps 192.168.150.0/24 of network 'lab'",
  ])
  const renamed = lab({ uuid: '927f4393-3e4e-4a94-9e42-67c4ebe45556' })
  assert.deepEqual(messages(renamed, [lab()]), [
    "uuid: network 'lab' exists already, with the UUID 927f4393-3e4e-4a94-9e42-67c4ebe45555",
  ])
})

test('on this host: a foreign bridge, an overlapping route in any table', () => {
  const foreign = seenRunning([lab()], facts).links.map((link) => ({ ...link, alias: undefined }))
  const sentences = (seen: SeenHost): string[] => startProblems(lab(), seen).map(({ message }) => message)
  assert.deepEqual(sentences(host({ links: foreign })), [
    "there is a link 'virbr1' on this host that is not weft's",
    "the network's subnet 192.168.150.0/24 is in use on this host: 'virbr1' has the address 192.168.150.1/24",
  ])
  assert.deepEqual(sentences(host({ routes: [route('192.168.0.0/16', 'tun0', '51820')] })), [
    "the network's subnet 192.168.150.0/24 is in use on this host: there is a route to 192.168.0.0/16 through 'tun0'",
  ])
})

test("on this host: a default route, a VPN's two halves of one, and the network's own are in nobody's way", () => {
  const routes = [route('0.0.0.0/0'), route('128.0.0.0/1', 'tun0'), route('192.168.150.0/24', 'virbr1')]
  assert.deepEqual(startProblems(lab(), { ...seenRunning([lab()], facts), routes }), [])
})

test('bridge names: the first that is free, by pattern', () => {
  const bridge: BridgeSpec = { name: 'virbr0' as InterfaceName, stp: true, delaySeconds: 0 }
  const seen = seenRunning([lab({ bridge })], facts)
  assert.equal(chooseBridgeName(seen, [lab()]), 'virbr2')
  assert.equal(chooseBridgeName(seen, [], 'lab%d'), 'lab0')
  assert.throws(() => chooseBridgeName(seen, [], 'much-too-long-a-name%d'), { code: 'invalid-definition' })
})

test('what all guests of a nat network send is not limited where br_netfilter would lose track of it', () => {
  const limited = lab({ bandwidth: { outbound: { average: 1000 } } })
  const seen = { ...seenRunning([limited], facts), filtersBridged: true }
  assert.match(
    startProblems(limited, seen)
      .map(({ message }) => message)
      .join(),
    /cannot be limited while .* \(br_netfilter\)/,
  )
  assert.deepEqual(startProblems(limited, { ...seen, filtersBridged: false }), [])
  assert.deepEqual(startProblems({ ...limited, mode: 'isolated' }, seen), [])
})
