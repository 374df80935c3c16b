/** What cannot be planted in a throwaway world: tables of the whole machine, STP, QEMU, queues that not every kernel has. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../address/interface-name.ts'
import type { SeenLink } from '../host/link.ts'
import type { SeenHost } from '../network/seen.ts'
import type { NetworkSpec } from '../network/spec.ts'
import { startPlan } from '../plan/plan.ts'
import { run } from '../plan/action.ts'
import { blame } from './blame.ts'
import { CHECKS, checksOf } from './checks.ts'
import { walk, type Fault } from './check.ts'
import type { BridgePort, Examined, Inside, Plug, Sight } from './sight.ts'

const TAP = {
  index: 3,
  name: 'vnet0' as InterfaceName,
  kind: 'tun',
  mac: 'fe:54:00:00:00:11',
  mtu: 1500,
  isUp: true,
  hasCarrier: true,
  master: 'br0' as InterfaceName,
  alias: 'weft:vm:web:nic0',
  ipv4: [],
  ipv6: [],
  bridge: undefined,
  portState: 'forwarding',
} satisfies SeenLink
const SWITCH: SeenLink = {
  ...TAP,
  index: 2,
  name: 'br0' as InterfaceName,
  kind: 'bridge',
  master: undefined,
  alias: undefined,
  bridge: { stp: true, forwardDelaySeconds: 2, id: '8000.fe5400000011' },
}
const NETWORK = {
  name: 'lan',
  mode: 'bridge',
  hostBridge: 'br0',
  ips: [],
  routes: [],
  kept: [],
} as unknown as NetworkSpec
const PLUG: Plug = {
  guest: 'web',
  network: 'lan',
  nic: 'nic0',
  interface: 'vnet0',
  link: TAP,
  port: undefined,
  mac: '52:54:00:00:00:11',
  ip: undefined,
  status: 'running',
}
const PORT: BridgePort = {
  state: 'forwarding',
  isolated: false,
  locked: false,
  learning: true,
  flood: true,
  bcast_flood: true,
}
const NOTHING: Examined = {
  ports: new Map([['vnet0', PORT]]),
  flags: new Map(),
  neighbours: [],
  settings: new Map(),
  ways: new Map([['', { device: 'eth0', gateway: '192.0.2.2' }]]),
  routes: [],
  rules: [],
  inside: new Map(),
  dnsmasqs: new Map(),
  servers: [],
  forwarding: [],
  ruleset: { nft: '', legacy: [] },
  upstreams: ['192.0.2.53'],
  heard: new Map(),
}
const SEEN = {
  links: [SWITCH, TAP],
  queues: [],
  routes: [],
  routes6: [],
  rules: [],
  rules6: [],
  files: new Map(),
  borrowed: ['lan'],
} as unknown as SeenHost

interface Changed {
  readonly plug?: Partial<Plug>
  readonly examined?: Partial<Examined>
  readonly seen?: Partial<SeenHost>
}

function sightOf({ examined = {}, seen = {} }: Changed): Sight {
  return {
    seen: { ...SEEN, ...seen },
    facts: { paths: { etc: '/etc/weft', lib: '/var/lib/weft', run: '/run/weft' } } as Sight['facts'],
    live: [NETWORK],
    plugs: [PLUG],
    drift: new Map(),
    examined: { ...NOTHING, ...examined },
    now: 0,
  }
}

function guestFault(changed: Changed): Fault | undefined {
  const plug = { ...PLUG, ...changed.plug }
  return walk(CHECKS, { sight: sightOf(changed), network: NETWORK, plug }).find(
    ({ fault }) => fault !== undefined,
  )?.fault
}

const hostFault = (changed: Changed): Fault | undefined =>
  walk(checksOf('host'), { sight: sightOf(changed) }).find(({ fault }) => fault !== undefined)?.fault

test('on a bridge of the host a guest is healthy', () => {
  assert.equal(guestFault({}), undefined)
})

test('a machine that stands still is named before its cable is looked at', () => {
  assert.equal(guestFault({ plug: { status: 'paused' } })?.mend, 'weft vm resume web')
  assert.equal(guestFault({ plug: { status: 'io-error', link: undefined } })?.kind, 'machine-paused')
})

test('a TAP that nobody has open', () => {
  const found = guestFault({ plug: { link: { ...TAP, hasCarrier: false } } })
  assert.equal(found?.kind, 'no-carrier')
  assert.equal(found.culprit, 'the QEMU of web')
})

test('a port that STP blocks leads to a loop; one that somebody else blocks is opened', () => {
  const blocked = { ports: new Map([['vnet0', { ...PORT, state: 'blocking' }]]) }
  assert.equal(guestFault({ examined: blocked })?.kind, 'port-loop')
  const without = { ...SWITCH, bridge: { stp: false, forwardDelaySeconds: 0, id: '' } }
  const found = guestFault({ examined: blocked, seen: { links: [without, TAP] } })
  assert.equal(found?.mend, 'bridge link set dev vnet0 state 3')
})

test("a queue that loses everything is taken away by whoever's it is", () => {
  const impairment = { delayMs: 0, lossPercent: 100, rateBits: 0 }
  const queue = { interface: 'vnet0', kind: 'netem', impairment }
  const weftsOwn = guestFault({ seen: { queues: [{ ...queue, handle: '7ef2:' }] } })
  assert.equal(weftsOwn?.mend, 'weft port set lan web --clear')
  const strangers = guestFault({ seen: { queues: [{ ...queue, handle: '8001:' }] } })
  assert.equal(strangers?.mend, 'tc qdisc del dev vnet0 root')
  assert.equal(
    guestFault({
      seen: { queues: [{ ...queue, impairment: { ...impairment, lossPercent: 1 }, handle: '7ef2:' }] },
    }),
    undefined,
  )
})

test('tables that are full', () => {
  const settings = new Map([
    ['net.netfilter.nf_conntrack_count', '65530'],
    ['net.netfilter.nf_conntrack_max', '65536'],
  ])
  assert.equal(hostFault({ examined: { settings } })?.mend, 'sysctl -w net.netfilter.nf_conntrack_max=131072')
  const few = new Map([['net.ipv4.neigh.default.gc_thresh3', '2']])
  const neighbours = ['192.0.2.2', '192.0.2.3'].map((ip) => ({
    ip,
    mac: '02:00:00:00:00:01',
    interface: 'eth0',
    state: 'STALE',
  }))
  assert.equal(hostFault({ examined: { settings: few, neighbours } })?.kind, 'neighbours-full')
})

test('who typed it is told where the last such change did it', () => {
  const typed = { title: "change port 'vnet0' of network 'lan'", words: 'dev vnet0 down' }
  const fault: Fault = { kind: 'cable-pulled', what: '', culprit: '', typed }
  const change = (way: string, number: number): Parameters<typeof blame>[1][number] => ({
    number,
    title: typed.title,
    by: 'eve',
    at: '2026-11-22T14:03:00.000Z',
    outcome: 'done',
    plan: startPlan(typed.title, [
      { reason: '', do: run('ip', 'link', 'set', 'dev', 'vnet0', way), undo: run('true') },
    ]),
  })
  assert.equal(blame(fault, [change('down', 12)]).by, 'eve, 2026-11-22 14:03:00 UTC (weft diff 12)')
  assert.equal(blame(fault, [change('down', 12), change('up', 13)]).by, undefined)
})

const LAB = {
  ...NETWORK,
  name: 'lab',
  mode: 'nat',
  forwardDevice: 'eth1',
  hostBridge: undefined,
  bridge: { name: 'br0', stp: true, delaySeconds: 0 },
  mac: SWITCH.mac,
  ips: [{ family: 'ipv4', cidr: { address: '10.9.0.1', prefix: 24 }, dhcp: { ranges: [], hosts: [] } }],
} as unknown as NetworkSpec

/** What one stage says of a guest on a switch of weft's. */
function stageOf(stage: string, changed: Changed): string | undefined {
  const links = [{ ...SWITCH, alias: 'weft:network:lab' }, TAP]
  const sight = { ...sightOf({ ...changed, seen: { links, ...changed.seen } }), live: [LAB] }
  const checks = CHECKS.filter((check) => check.stage === stage)
  const [found] = walk(checks, { sight, network: LAB, plug: { ...PLUG, network: 'lab', ...changed.plug } })
  return found?.fault?.kind ?? found?.text
}

test('a way out that a network may not use, or that answers would not take', () => {
  const way = (answer: object): Changed => ({ examined: { ways: new Map([['lab', answer]]) } })
  assert.equal(stageOf('way out', way({ device: 'eth0', gateway: '192.0.2.2' })), 'way-elsewhere')
  assert.equal(stageOf('way out', way({ device: 'eth1', gateway: '192.0.2.2' })), 'by 192.0.2.2 on eth1')
  const refusal = 'RTNETLINK answers: Invalid cross-device link'
  assert.equal(stageOf('way out', way({ refusal })), 'reverse-path')
})

test('what the agent tells of the inside of a machine', () => {
  const network = {
    ...NETWORK,
    mode: 'nat',
    hostBridge: undefined,
    bridge: { name: 'br0' },
    mac: '52:54:00:00:09:01',
    ips: [{ family: 'ipv4', cidr: { address: '10.9.0.1', prefix: 24 }, dhcp: { ranges: [], hosts: [] } }],
  } as unknown as NetworkSpec
  const eth0: Inside = {
    of: 'machine',
    command: 'weft vm exec web -- ip',
    name: 'eth0',
    mac: PLUG.mac,
    addresses: [{ address: '10.9.0.11', prefix: 24 }],
    isUp: true,
    mtu: 1500,
    gateways: [{ gateway: '10.9.0.1', device: 'eth0' }],
  }
  const friend: Plug = {
    ...PLUG,
    guest: 'friend',
    interface: 'vnet1',
    mac: '52:54:00:00:00:12',
    ip: '10.9.0.12',
  }
  const told = (
    inside: Partial<Inside>,
    plug: Partial<Plug> = { ip: '10.9.0.11' },
  ): (string | undefined)[] => {
    const sight = sightOf({ examined: { inside: new Map([['vnet0', { ...eth0, ...inside }]]) } })
    const place = { sight: { ...sight, plugs: [PLUG, friend] }, network, plug: { ...PLUG, ...plug } }
    const checks = CHECKS.filter(({ stage }) => stage === 'lease' || stage === 'inside' || stage === 'cable')
    const fault = walk(checks, place).find((stage) => stage.fault !== undefined)?.fault
    return fault === undefined ? [] : [fault.kind, fault.mend ?? fault.advice]
  }
  const at = (...addresses: string[]): Partial<Inside> => ({
    addresses: addresses.map((address) => ({ address, prefix: 24 })),
  })
  assert.deepEqual(told({}), [])
  assert.deepEqual(told({ isUp: false }), ['guest-end-down', 'weft vm exec web -- ip link set dev eth0 up'])
  assert.deepEqual(told(at('10.9.0.50')), [
    'guest-address',
    'weft vm exec web -- ip address replace 10.9.0.11/24 dev eth0',
  ])
  assert.deepEqual(told(at('10.9.0.11', '10.9.0.12')), [
    'duplicate-address',
    'weft vm exec web -- ip address del 10.9.0.12/24 dev eth0',
  ])
  assert.deepEqual(told(at(), { ip: undefined }), [
    'guest-no-address',
    'start a DHCP client in web: weft vm console web',
  ])
  assert.deepEqual(told({ gateways: [] }), [
    'guest-no-route',
    'weft vm exec web -- ip route add default via 10.9.0.1 dev eth0',
  ])
  assert.deepEqual(told({ gateways: [{ gateway: '10.9.0.9', device: 'eth0' }] }), [
    'guest-gateway',
    'weft vm exec web -- ip route replace default via 10.9.0.1 dev eth0',
  ])
  const { isUp, mtu, gateways, ...addresses } = eth0
  assert.deepEqual([isUp, mtu, gateways?.length], [true, 1500, 1])
  const sight = sightOf({ examined: { inside: new Map([['vnet0', addresses]]) } })
  assert.deepEqual(
    walk(
      CHECKS.filter(({ stage }) => stage === 'inside'),
      { sight, network, plug: PLUG },
    ).map(({ text }) => text),
    ['eth0 has 10.9.0.11'],
  )
})

test('a guest without a lease is silent, unanswered, or has given itself an address', () => {
  assert.equal(stageOf('lease', { examined: { heard: new Map([['vnet0', 0]]) } }), 'guest-silent')
  assert.equal(stageOf('lease', { examined: { heard: new Map([['vnet0', 7]]) } }), 'no-lease')
  const met = { ip: '10.9.0.77', mac: '52:54:00:00:00:11', interface: 'br0', state: 'REACHABLE' }
  assert.equal(
    stageOf('lease', { examined: { neighbours: [met] } }),
    'no lease: it has given itself 10.9.0.77',
  )
})

test('a switch that looks at VLAN tags nobody asked it to look at', () => {
  const bridge = { stp: true, forwardDelaySeconds: 2, id: '', isVlanAware: true }
  const links = [{ ...SWITCH, alias: 'weft:network:lab', bridge }, TAP]
  assert.equal(stageOf('switch', { seen: { links } }), 'switch-vlans')
})
