/** A move is a list of lines for `ip -batch`: what goes where, in which order, and what nobody could say again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import { atOnce, backToNicLines, toBridgeLines } from './move.ts'
import { unknownOfRoute } from './route-words.ts'
import { ruleWords, unknownOfRule } from './rule-words.ts'
import { FOREVER, type SeenUplink, type UplinkAddress } from './seen-uplink.ts'

const lease: UplinkAddress = {
  family: 'inet',
  local: '192.0.2.10',
  prefixlen: 24,
  broadcast: '192.0.2.255',
  scope: 'global',
  label: 'eth0',
  valid_life_time: 3600,
  preferred_life_time: 1800,
}
const second: UplinkAddress = {
  ...lease,
  local: '192.0.2.11',
  label: 'eth0:web',
  valid_life_time: FOREVER,
  preferred_life_time: FOREVER,
}
const connected = { family: 4, dst: '192.0.2.0/24', dev: 'eth0', protocol: 'kernel', scope: 'link' } as const
const gateway = { family: 4, dst: 'default', gateway: '192.0.2.1', dev: 'eth0', protocol: 'dhcp' } as const

function seen(more: Partial<SeenUplink> = {}): SeenUplink {
  return {
    name: 'eth0' as InterfaceName,
    mac: '52:54:00:00:00:01',
    mtu: 1500,
    master: undefined,
    addresses: [lease, second],
    routes: [gateway, connected],
    rules: [],
    neighbours: [],
    proxied: [],
    settings: { 'ipv6.conf.addr_gen_mode': '0' },
    defaults: {},
    atUptime: 1000,
    unknown: [],
    ...more,
  }
}

test('the cable goes first, then what IPv4 packets are judged by; secondary addresses leave first', () => {
  assert.deepEqual(toBridgeLines({ seen: seen(), nic: 'eth0', bridge: 'br0', seconds: atOnce }), [
    'link set dev eth0 master br0',
    'route prepend 192.0.2.0/24 dev br0 table main proto kernel scope link',
    'route prepend 0.0.0.0/0 via 192.0.2.1 dev br0 table main proto dhcp',
    'address replace 192.0.2.10/24 dev br0 broadcast 192.0.2.255 label br0 scope global valid_lft 3600 preferred_lft 1800',
    'address replace 192.0.2.11/24 dev br0 broadcast 192.0.2.255 label br0:web scope global',
    'route delete 0.0.0.0/0 via 192.0.2.1 dev eth0 table main proto dhcp',
    'address delete 192.0.2.11/24 dev eth0',
    'address delete 192.0.2.10/24 dev eth0',
    'link set dev eth0 addrgenmode none',
    'link set dev br0 addrgenmode eui64',
  ])
})

test('on the way back the NIC has everything again before the bridge goes', () => {
  const lines = backToNicLines({
    seen: seen(),
    nic: 'eth0',
    bridge: 'br0',
    seconds: (left) => `<${String(left)}>`,
  })
  assert.equal(lines[0], 'link set dev eth0 nomaster')
  assert.deepEqual(lines.slice(3, 4), [
    'address replace 192.0.2.10/24 dev eth0 broadcast 192.0.2.255 label eth0 scope global valid_lft <3600> preferred_lft <1800>',
  ])
  assert.deepEqual(lines.slice(-2), ['link set dev br0 down', 'link delete dev br0'])
})

test('what leads to a gateway comes before what needs it', () => {
  const onLink = { family: 4, dst: '203.0.113.0/24', dev: 'eth0', scope: 'link' } as const
  const beyond = { family: 4, dst: '10.0.0.0/8', gateway: '203.0.113.1', dev: 'eth0' } as const
  const lines = toBridgeLines({
    seen: seen({ routes: [beyond, onLink] }),
    nic: 'eth0',
    bridge: 'br0',
    seconds: atOnce,
  })
  const added = lines.filter((line) => line.startsWith('route prepend')).map((line) => line.split(' ')[2])
  assert.deepEqual(added, ['203.0.113.0/24', '10.0.0.0/8'])
})

test('a route of the kernel that somebody has taken away is not there afterwards either', () => {
  const lines = toBridgeLines({
    seen: seen({ routes: [gateway] }),
    nic: 'eth0',
    bridge: 'br0',
    seconds: atOnce,
  })
  assert.ok(lines.includes('route delete 192.0.2.0/24 proto kernel dev br0'))
})

test('a rule keeps its place, and names the new link', () => {
  const rule = { family: 4, priority: 100, src: 'all', iif: 'eth0', fwmark: '0x1', table: '77' } as const
  assert.equal(ruleWords(rule, 'eth0', 'br0').join(' '), 'from all iif br0 fwmark 0x1 table 77 priority 100')
})

test('what cannot be said again is told by name', () => {
  assert.equal(unknownOfRoute(gateway, 'eth0'), undefined)
  assert.equal(
    unknownOfRoute({ ...gateway, ...{ encap: 'mpls' } }, 'eth0'),
    "the route to default in table main has 'encap'",
  )
  const two = [{ dev: 'eth0' }, { dev: 'eth1' }]
  assert.equal(
    unknownOfRoute({ family: 4, dst: '10.0.0.0/8', nexthops: two }, 'eth0'),
    'the route to 10.0.0.0/8 in table main also leads through eth1',
  )
  assert.equal(unknownOfRule({ family: 4, priority: 5, ...{ uid_start: 0 } }), "rule 5 has 'uid_start'")
})
