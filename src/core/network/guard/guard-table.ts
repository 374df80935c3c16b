/**
 * The table beside `inet weft`: `bridge weft` sees frames where they enter and leave a bridge, between two guests of one network too. It is
 * there only while some network has a firewall. This is the part that is the same for all, spelt as nft prints it.
 */
import { FILTER_CHAINS, FILTER_FLOWS, FILTER_MAPS } from '../filter/filter-table.ts'
import type { Direction } from './firewall-spec.ts'

/** A table, or a part of one, as nft prints it: what is wanted and what is seen are compared in this shape. */
export interface GuardTable {
  readonly sets: ReadonlyMap<string, GuardSet>
  readonly chains: ReadonlyMap<string, GuardChain>
}

export interface GuardSet {
  readonly kind: 'map' | 'set'
  /** `type ifname . ether_addr`; several lines for sets that packets fill. */
  readonly type: string
  /** undefined: packets fill it, nobody compares. */
  readonly elements: readonly string[] | undefined
}

export interface GuardChain {
  /** Of base chains: `type filter hook ...`. */
  readonly hook?: string
  readonly rules: readonly string[]
}

/** Maps that every network puts its ports into. One look-up of the port's name is all that a packet of other ports pays. */
export const SHARED_SETS = {
  out: { kind: 'map', type: 'type ifname : verdict' },
  in: { kind: 'map', type: 'type ifname : verdict' },
} as const satisfies Readonly<Record<string, Omit<GuardSet, 'elements'>>>
const ALL_MAPS = { ...SHARED_SETS, ...FILTER_MAPS }
export type SharedSet = keyof typeof ALL_MAPS
export const SHARED_SET_NAMES = Object.keys(ALL_MAPS) as SharedSet[]

/** What was allowed to begin: port, its address and service, the other's. The bridge family has no connection tracking on every kernel. */
const flows = (address: string, service: string, timeout: string): GuardSet => ({
  kind: 'set',
  type: [
    `type iface_index . ${address}${service} . ${address}${service}`,
    'size 65535',
    'flags dynamic,timeout',
    `timeout ${timeout}`,
  ].join('\n'),
  elements: undefined,
})

const FLOWS: readonly (readonly [string, GuardSet])[] = [
  ['tcp4', flows('ipv4_addr', ' . inet_service', '12h')],
  ['tcp6', flows('ipv6_addr', ' . inet_service', '12h')],
  ['udp4', flows('ipv4_addr', ' . inet_service', '3m')],
  ['udp6', flows('ipv6_addr', ' . inet_service', '3m')],
  ['ping4', flows('ipv4_addr', '', '30s')],
  ['ping6', flows('ipv6_addr', '', '30s')],
]

/**
 * Ports that were in use before anybody looked at what their guests have open: for so long a TCP connection that is under way is taken for
 * allowed.
 */
export const NEWCOMERS = 'newcomers'
export const NEWCOMER_TIME = '1h'
const NEWCOMER_SET: GuardSet = {
  kind: 'set',
  type: 'type ifname\nsize 65535\nflags dynamic,timeout',
  elements: undefined,
}

/** Seen from the guest, so that both directions look for the same element. */
const ENDS = {
  in: { port: 'oif', own: 'daddr', ownPort: 'dport', other: 'saddr', otherPort: 'sport' },
  out: { port: 'iif', own: 'saddr', ownPort: 'sport', other: 'daddr', otherPort: 'dport' },
} as const

function flowKey(direction: Direction, ip: 'ip' | 'ip6', protocol: 'tcp' | 'udp' | 'icmp'): string {
  const { port, own, ownPort, other, otherPort } = ENDS[direction]
  if (protocol === 'icmp') return `${port} . ${ip} ${own} . ${ip} ${other}`
  return `${port} . ${ip} ${own} . ${protocol} ${ownPort} . ${ip} ${other} . ${protocol} ${otherPort}`
}

const NEIGHBOURS =
  'icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, nd-redirect, mld2-listener-report } accept'

type Keep = (key: string, set: string, timeout?: string) => string

/** A line for each kind of conversation. What says good-bye is forgotten soon. */
function perFlow(direction: Direction, keep: Keep): string[] {
  const key = (ip: 'ip' | 'ip6', protocol: 'tcp' | 'udp' | 'icmp'): string => flowKey(direction, ip, protocol)
  return [
    `tcp flags fin,rst ${keep(key('ip', 'tcp'), 'tcp4', ' timeout 1m')}`,
    `tcp flags fin,rst ${keep(key('ip6', 'tcp'), 'tcp6', ' timeout 1m')}`,
    keep(key('ip', 'tcp'), 'tcp4'),
    keep(key('ip6', 'tcp'), 'tcp6'),
    keep(key('ip', 'udp'), 'udp4'),
    keep(key('ip6', 'udp'), 'udp6'),
    `meta l4proto icmp ${keep(key('ip', 'icmp'), 'ping4')}`,
    `meta l4proto ipv6-icmp ${keep(key('ip6', 'icmp'), 'ping6')}`,
  ]
}

const remember: Keep = (key, set, timeout = '') => `update @${set} { ${key}${timeout} } accept`

/**
 * What belongs to something allowed before goes on, and is remembered for longer in the same breath: most packets end here. So do the later pieces
 * of a packet whose first one was let through, and what neighbours find each other by: no rule is about those.
 */
function knownChain(direction: Direction): GuardChain {
  return {
    rules: [
      ...perFlow(direction, (key, set, timeout) => `${key} @${set} ${remember(key, set, timeout)}`),
      `${ENDS[direction].port}name @${NEWCOMERS} tcp flags ack / syn,ack goto allow_${direction}`,
      'ip frag-off & 8191 != 0 accept',
      'frag frag-off != 0 accept',
      NEIGHBOURS,
    ],
  }
}

const allowChain = (direction: Direction): GuardChain => ({
  rules: [...perFlow(direction, remember), 'accept'],
})

/** Without these no guest has an address, and no big packet arrives. A rule that denies them comes before. */
function denyChain(direction: Direction): GuardChain {
  const dhcp =
    direction === 'out'
      ? ['udp sport 68 udp dport 67 accept', 'udp sport 546 udp dport 547 accept']
      : ['udp sport 67 udp dport 68 accept', 'udp sport 547 udp dport 546 accept']
  return {
    rules: [
      'meta protocol arp accept',
      ...dhcp,
      'icmp type { destination-unreachable, time-exceeded, parameter-problem } accept',
      'icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept',
      'counter drop',
    ],
  }
}

const base = (hook: string, ...rules: string[]): GuardChain => ({
  hook: `type filter hook ${hook} priority filter; policy accept;`,
  rules,
})

/** In this order: a chain that another leads to comes first. */
export const SHARED_CHAINS: ReadonlyMap<string, GuardChain> = new Map([
  ['allow_in', allowChain('in')],
  ['allow_out', allowChain('out')],
  ['known_in', knownChain('in')],
  ['known_out', knownChain('out')],
  ['deny_in', denyChain('in')],
  ['deny_out', denyChain('out')],
  ['from_guests', base('prerouting', 'iifname vmap @out')],
  ['to_guests', base('postrouting', 'oifname vmap @in')],
])

/** By set: elements as nft prints them. */
export type SharedElements = Readonly<Partial<Record<SharedSet, readonly string[]>>>

/** The sets that all share, with these elements; those of filters only where some port has one. */
export function sharedSets(elements: SharedElements): Map<string, GuardSet> {
  const isFiltered = hasFilters(elements)
  const shared = SHARED_SET_NAMES.filter((name) => isFiltered || !Object.hasOwn(FILTER_MAPS, name)).map(
    (name) => [name, { ...ALL_MAPS[name], elements: [...(elements[name] ?? [])].sort() }] as const,
  )
  const filters = isFiltered ? FILTER_FLOWS : []
  return new Map<string, GuardSet>([...shared, ...FLOWS, [NEWCOMERS, NEWCOMER_SET], ...filters])
}

/** What has a hook looks up ports in one map: it is there only while the map has one. Every bridged packet pays for a hook. */
const MAP_OF_HOOK: Readonly<Record<string, SharedSet>> = {
  from_guests: 'out',
  to_guests: 'in',
  filters_from_guests: 'filter_out',
  filters_to_guests: 'filter_in',
}

/** In the order that they are made in. */
export function sharedChains(elements: SharedElements): Map<string, GuardChain> {
  const all = [...SHARED_CHAINS, ...(hasFilters(elements) ? FILTER_CHAINS : [])]
  return new Map(
    all.filter(([name]) => {
      const map = MAP_OF_HOOK[name]
      return map === undefined || (elements[map] ?? []).length > 0
    }),
  )
}

export const isSharedSet = (name: string): boolean =>
  sharedSets({}).has(name) || Object.hasOwn(FILTER_MAPS, name) || FILTER_FLOWS.has(name)
export const isSharedChain = (name: string): boolean => SHARED_CHAINS.has(name) || FILTER_CHAINS.has(name)

const hasFilters = ({ filter_in = [], filter_out = [] }: SharedElements): boolean =>
  filter_in.length + filter_out.length > 0
