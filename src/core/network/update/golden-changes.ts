/** Networks that become others while they run, for golden/ beside this file; some are what the laws are checked with on a real kernel. */
import type { InterfaceName } from '../../address/interface-name.ts'
import type { Ipv4Address } from '../../address/ipv4.ts'
import type { MacAddress } from '../../address/mac.ts'
import type { HostFacts } from '../../host/facts.ts'
import type { SeenLink } from '../../host/link.ts'
import { dnsmasqFiles, networkPortFile } from '../../host/paths.ts'
import { formatDnsmasqConf } from '../dnsmasq/dnsmasq-conf.ts'
import { hostsLines, namesLines, optionLines } from '../dnsmasq/dnsmasq-hosts.ts'
import { seenRunning } from '../golden-case.ts'
import { BOTH, DEFAULT, LIMITED, QUIET, subnet, subnet6 } from '../golden-networks.ts'
import { GUARDED, LOOSER } from '../guard/golden-guards.ts'
import { formatGuardTable } from '../guard/guard-text.ts'
import { guardOf } from '../guard/network-guard.ts'
import type { NamespacePort } from '../port.ts'
import type { SeenHost, SeenRoute } from '../seen.ts'
import type { Ipv4RouteSpec, SwitchedNetwork } from '../spec.ts'

export interface GoldenChange {
  /** Its folder in golden/. */
  readonly name: string
  /** A sentence: what is to be seen here. */
  readonly about: string
  readonly live: SwitchedNetwork
  readonly wanted: SwitchedNetwork
  /** Other networks that run. */
  readonly others: readonly SwitchedNetwork[]
  /** Between them these have every kind of step. */
  readonly isLawCase: boolean
  readonly seen: (facts: HostFacts) => SeenHost
}

/** The guest that is plugged in all the while. */
export const guestOn = (network: SwitchedNetwork): NamespacePort => ({
  network: network.name,
  interface: 'vport0' as InterfaceName,
  mac: '52:54:00:00:00:01' as MacAddress,
  hostName: 'box',
  ip: '192.168.122.10' as Ipv4Address,
  portName: 'box',
  namespace: { name: 'box' },
  insideName: 'eth0' as InterfaceName,
})

function change(
  name: string,
  about: string,
  [live, wanted]: readonly [SwitchedNetwork, SwitchedNetwork],
  more: Partial<Pick<GoldenChange, 'others' | 'isLawCase'>> = {},
): GoldenChange {
  const { others = [], isLawCase = false } = more
  return { name, about, live, wanted, others, isLawCase, seen: (facts) => seenServing(live, others, facts) }
}

const [FIRST] = subnet('192.168.122.1/24').ips

function withDhcp(more: Partial<NonNullable<typeof FIRST.dhcp>>): Pick<SwitchedNetwork, 'ips'> {
  return { ips: [{ ...FIRST, dhcp: { ranges: [], hosts: [], ...FIRST.dhcp, ...more } }] }
}

function routeVia(gateway: string): Ipv4RouteSpec {
  const destination = { address: '10.90.0.0' as Ipv4Address, prefix: 16 }
  return { family: 'ipv4', destination, prefixSpelling: 'prefix', gateway: gateway as Ipv4Address, metric: 5 }
}

const RESERVED: SwitchedNetwork = {
  ...DEFAULT,
  ...withDhcp({
    hosts: [{ mac: guestOn(DEFAULT).mac, ip: '192.168.122.50' as Ipv4Address, name: 'web' }],
  }),
  dns: {
    forwarders: [],
    txts: [],
    srvs: [],
    hosts: [{ ip: '192.168.122.77' as Ipv4Address, names: ['printer'] }],
  },
}
const NARROW: SwitchedNetwork = {
  ...DEFAULT,
  ...withDhcp({
    ranges: [{ start: '192.168.122.100' as Ipv4Address, end: '192.168.122.199' as Ipv4Address }],
  }),
}
const MOVED: SwitchedNetwork = { ...DEFAULT, ...subnet('192.168.123.1/24') }
const LAST: SwitchedNetwork = { ...DEFAULT, ...subnet('192.168.122.254/24') }
const WIDE: SwitchedNetwork = { ...DEFAULT, ...subnet('192.168.122.1/23') }
const GROWN: SwitchedNetwork = {
  ...DEFAULT,
  ips: [...NARROW.ips, subnet6('fd77:122::1/64')],
  nat: { ipv6: true, ports: { start: 20_000, end: 29_999 } },
  mtu: 1400,
  domain: { name: 'lab.example' },
  routes: [routeVia('192.168.122.10')],
  portsAreIsolated: true,
}

export const GOLDEN_CHANGES: readonly GoldenChange[] = [
  change(
    'reservation',
    'a reservation and a DNS record: dnsmasq reads two files again',
    [DEFAULT, RESERVED],
    {
      isLawCase: true,
    },
  ),
  change('range', 'another DHCP range: dnsmasq starts again, its leases stay', [DEFAULT, NARROW]),
  change('subnet', 'another subnet: guests have to ask for an address again', [DEFAULT, MOVED]),
  change(
    'gateway',
    'another address in the same subnet, and a network without rules',
    [DEFAULT, { ...LAST, mode: 'open' }],
    {
      isLawCase: true,
    },
  ),
  change('prefix', 'a subnet twice the size: the address stays', [DEFAULT, WIDE]),
  change('ipv6-comes', 'IPv6 beside IPv4', [DEFAULT, BOTH]),
  change('ipv6-goes', 'IPv4 only', [BOTH, DEFAULT]),
  change('mode-route', 'guests keep their own addresses outside', [DEFAULT, { ...DEFAULT, mode: 'route' }]),
  change('mode-isolated', 'no way out any more', [DEFAULT, { ...DEFAULT, mode: 'isolated' }], {
    others: [QUIET],
  }),
  change('device', 'out through one link only', [
    DEFAULT,
    { ...DEFAULT, forwardDevice: 'eth1' as InterfaceName },
  ]),
  change('mtu', 'smaller packets', [DEFAULT, { ...DEFAULT, mtu: 1400 }]),
  change('mtu-usual', 'packets of the usual size again', [{ ...DEFAULT, mtu: 1400 }, DEFAULT]),
  change('route-exchanged', 'another guest is the router: no packet finds no route', [
    { ...DEFAULT, routes: [routeVia('192.168.122.9')] },
    { ...DEFAULT, routes: [routeVia('192.168.122.10')] },
  ]),
  change('isolation', 'neighbours reach each other no longer', [
    DEFAULT,
    { ...DEFAULT, portsAreIsolated: true },
  ]),
  change('stp', 'no spanning tree any more', [
    DEFAULT,
    { ...DEFAULT, bridge: { ...DEFAULT.bridge, stp: false } },
  ]),
  change('portgroup', 'a class of NICs: for those plugged in from here on', [
    DEFAULT,
    { ...DEFAULT, portgroups: [{ name: 'fast' }] },
  ]),
  change('bandwidth', 'all guests together are held to rates from here on', [
    DEFAULT,
    { ...DEFAULT, bandwidth: LIMITED.bandwidth },
  ]),
  change('bandwidth-other', 'another peak, and what they send is no longer held', [
    { ...DEFAULT, bandwidth: LIMITED.bandwidth },
    { ...DEFAULT, bandwidth: { inbound: { average: 1000, peak: 8000, burst: 1024 } } },
  ]),
  change(
    'grown',
    'IPv6, a domain, a route, smaller packets, other ports, isolation, all at once',
    [DEFAULT, GROWN],
    {
      isLawCase: true,
    },
  ),
  change('firewall', 'guests are guarded from here on', [DEFAULT, GUARDED]),
  change('rules', 'other rules, another rest and a group: what is open goes on', [LOOSER, GUARDED], {
    isLawCase: true,
  }),
  change('firewall-gone', 'and nobody guards them any more', [GUARDED, DEFAULT]),
  // Without the chain for ports: nft lists one that is made again last, which is no difference.
  change('shrunk', 'and most of it gone again', [{ ...GROWN, nat: { ipv6: true } }, DEFAULT], {
    isLawCase: true,
  }),
]

/** A host on which the network runs with one guest plugged in and dnsmasq told of it. */
function seenServing(live: SwitchedNetwork, others: readonly SwitchedNetwork[], facts: HostFacts): SeenHost {
  const seen = seenRunning([live, ...others], facts)
  const port = guestOn(live)
  const guard = guardOf(live, [port])
  const files = dnsmasqFiles(facts.paths, live.name)
  const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')
  return {
    ...seen,
    links: [...seen.links, plugOf(port, live)],
    guard: guard === undefined ? undefined : formatGuardTable(guard),
    routes: live.routes.flatMap((route) => (route.family === 'ipv4' ? [seenRoute(route, live)] : [])),
    files: new Map([
      ...seen.files,
      [networkPortFile(facts.paths, live.name, port.interface), `${JSON.stringify(port, null, 2)}\n`],
      [files.conf, formatDnsmasqConf(live, facts)],
      [files.hosts, lines(hostsLines(live, [port], []))],
      [files.names, lines(namesLines(live, [port]))],
      [files.options, lines(optionLines(live, live.mtu ?? 1500))],
    ]),
    dnsmasqRunning: new Set([live.name]),
  }
}

function plugOf(port: NamespacePort, live: SwitchedNetwork): SeenLink {
  return {
    index: 9,
    name: port.interface,
    kind: 'veth',
    mac: 'fe:54:00:00:00:01',
    mtu: live.mtu ?? 1500,
    isUp: true,
    hasCarrier: true,
    master: live.bridge.name,
    alias: `weft:port:${live.name}:${port.portName}`,
    ipv4: [],
    ipv6: [],
    bridge: undefined,
    portState: 'forwarding',
  }
}

function seenRoute(route: Ipv4RouteSpec, { bridge }: SwitchedNetwork): SeenRoute {
  const { destination, gateway, metric } = route
  return { destination, device: bridge.name, table: 'main', gateway, metric }
}
