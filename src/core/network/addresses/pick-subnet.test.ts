/** Which subnet weft takes when nobody says, and who shadows one that runs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import { parseIpv4Cidr } from '../../address/ipv4.ts'
import { pathsUnder } from '../../host/paths.ts'
import type { HostFacts } from '../../host/facts.ts'
import type { SeenLink } from '../../host/link.ts'
import { DEFAULT, network, subnet } from '../golden-networks.ts'
import { seenRunning } from '../golden-case.ts'
import { pickSubnet, type Surroundings } from './pick-subnet.ts'
import type { SeenHost, SeenRule } from '../seen.ts'
import { namesSubnetOf, shadowSentences } from './shadows.ts'

const facts = { paths: pathsUnder('/') } as HostFacts
const cidr = (text: string) => parseIpv4Cidr(text)!
const route = (destination: string, device = 'eth0', table = 'main'): SeenHost['routes'][number] => ({
  destination: cidr(destination),
  device: device as InterfaceName,
  table,
  gateway: undefined,
  metric: undefined,
})
const rule = (more: Partial<SeenRule>): SeenRule => ({
  priority: 100,
  refuses: false,
  isForAll: true,
  table: '100',
  ...more,
})

function around(more: Partial<SeenHost> = {}, rest: Partial<Surroundings> = {}): Surroundings {
  return { seen: { ...seenRunning([], facts), ...more }, taken: [], facts: {}, ...rest }
}

const picked = (surroundings: Surroundings): string => pickSubnet(surroundings).cidr.address

test('the usual subnet when it is free, else the next that is, with a sentence', () => {
  assert.deepEqual(pickSubnet(around()), { cidr: cidr('192.168.122.1/24') })
  const other = network('lab', 'virbr9', 9, subnet('192.168.123.1/24'))
  const seen = { routes: [route('192.168.122.0/24')] }
  assert.deepEqual(pickSubnet(around(seen, { taken: [other] })), {
    cidr: cidr('192.168.124.1/24'),
    note: "192.168.122.0/24 is taken here (there is a route to 192.168.122.0/24 through 'eth0'), so 192.168.124.0/24 was picked",
  })
  assert.equal(picked(around({ routes: [route('192.168.0.0/16')] })), '10.0.122.1')
})

test('what a policy rule names somebody has plans for', () => {
  const { cidr: subnet, note } = pickSubnet(around({ rules: [rule({ from: cidr('192.168.122.0/23') })] }))
  assert.equal(subnet.address, '192.168.124.1')
  assert.match(note ?? '', /\(a policy rule looks up table 100 for packets from 192\.168\.122\.0\/23\)/)
  assert.equal(picked(around({ rules: [rule({ to: cidr('0.0.0.0/0') })] })), '192.168.122.1')
})

test('in a virtual machine whose uplink tells nothing yet, the usual subnet may be that of its own host', () => {
  const nic = { name: 'eth0', kind: undefined, ipv4: [], ipv6: [] } as unknown as SeenLink
  const waiting = { links: [nic] }
  const virtual = { facts: { isVirtual: true } }
  assert.match(pickSubnet(around(waiting, virtual)).note ?? '', /this host is a virtual machine/)
  assert.equal(picked(around(waiting)), '192.168.122.1')
  assert.equal(picked(around({ ...waiting, routes: [route('0.0.0.0/0')] }, virtual)), '192.168.122.1')
})

test('a running network is shadowed by a later route or rule, and not by what is wide or selective', () => {
  const running = seenRunning([DEFAULT], facts)
  const sentences = (more: Partial<SeenHost>): string[] => shadowSentences(DEFAULT, { ...running, ...more })
  assert.deepEqual(sentences({ routes: [...running.routes, route('0.0.0.0/1', 'tun0')] }), [])
  assert.deepEqual(sentences({ routes: [route('192.168.122.128/25', 'tun0')] }), [
    "packets for 192.168.122.0/24 may not reach its guests any more: there is a route to 192.168.122.128/25 through 'tun0'",
  ])
  assert.deepEqual(sentences({ routes: [route('192.168.0.0/16', 'tun0')] }), [
    "there is a route to 192.168.0.0/16 through 'tun0': what is there within 192.168.122.0/24 cannot be reached, those addresses are this network's",
  ])
  const to = cidr('192.168.0.0/16')
  const vpn = { routes: [route('0.0.0.0/0', 'tun0', '100')], rules: [rule({ to })] }
  assert.match(sentences(vpn)[0] ?? '', /a policy rule looks up table 100 for packets to 192\.168\.0\.0\/16$/)
  assert.match(sentences({ rules: [rule({ to, refuses: true })] })[0] ?? '', /a policy rule refuses packets/)
  for (const harmless of [{ table: 'main' }, { isForAll: false }, { priority: 32767 }, { table: '200' }])
    assert.deepEqual(sentences({ ...vpn, rules: [rule({ to, ...harmless })] }), [])
})

test('only lines about a running network are worth a look', () => {
  const about = (line: string): boolean => namesSubnetOf(line, [{ spec: DEFAULT }])
  assert.ok(about('192.168.122.128/25 dev tun0 scope link'))
  assert.ok(about('32765:\tfrom all to 192.168.0.0/16 lookup 100'))
  assert.ok(about('7: tun0    inet 192.168.122.9/32 scope global tun0'))
  assert.ok(!about('203.0.113.0/24 via 198.51.100.1 dev eth0 proto bgp'))
  assert.ok(!about('5: vnet0: <UP> mtu 1500 link/ether fe:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff'))
})
