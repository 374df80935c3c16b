/**
 * The part of `table bridge weft` that all filters share: it is there only while some port has one. They have base chains of their own, before the
 * others: what a filter accepts still has to be accepted by its network's rules.
 */
import type { GuardChain, GuardSet } from '../guard/guard-table.ts'

export const FILTER_MAPS = {
  filter_out: { kind: 'map', type: 'type ifname : verdict' },
  filter_in: { kind: 'map', type: 'type ifname : verdict' },
} as const satisfies Readonly<Record<string, Omit<GuardSet, 'elements'>>>
export type FilterMap = keyof typeof FILTER_MAPS
export const FILTER_MAP_NAMES = Object.keys(FILTER_MAPS) as FilterMap[]

const flows = (key: string, timeout: string): GuardSet => ({
  kind: 'set',
  type: [`type iface_index . ${key}`, 'size 65535', 'flags dynamic,timeout', `timeout ${timeout}`].join('\n'),
  elements: undefined,
})

/** What rules have allowed, seen from the guest; apart from what the rules of networks remember. */
const FAMILIES = [
  ['4', 'ip', 'ipv4_addr'],
  ['6', 'ip6', 'ipv6_addr'],
] as const
const KINDS = [
  ['tcp', ' . inet_service', '12h'],
  ['udp', ' . inet_service', '3m'],
  ['other', '', '3m'],
] as const

export const FILTER_FLOWS: ReadonlyMap<string, GuardSet> = new Map(
  KINDS.flatMap(([kind, service, timeout]) =>
    FAMILIES.map(([digit, , address]) => {
      const protocol = kind === 'other' ? ' . inet_proto' : ''
      const key = `${address}${service} . ${address}${service}${protocol}`
      return [`filter_${kind}${digit}`, flows(key, timeout)] as const
    }),
  ),
)

type Direction = 'in' | 'out'

function key(direction: Direction, family: 'ip' | 'ip6', kind: 'tcp' | 'udp' | 'other'): string {
  const [own, other] = direction === 'in' ? ['daddr', 'saddr'] : ['saddr', 'daddr']
  const [ownPort, otherPort] = direction === 'in' ? ['dport', 'sport'] : ['sport', 'dport']
  const port = direction === 'in' ? 'oif' : 'iif'
  if (kind === 'other') return `${port} . ${family} ${own} . ${family} ${other} . meta l4proto`
  return `${port} . ${family} ${own} . ${kind} ${ownPort} . ${family} ${other} . ${kind} ${otherPort}`
}

/** A line for each kind of conversation. What says good-bye is forgotten soon. */
function lines(direction: Direction, isAsked: boolean): string[] {
  return KINDS.flatMap(([kind]) =>
    FAMILIES.flatMap(([digit, family]) => {
      const set = `@filter_${kind}${digit}`
      const words = key(direction, family, kind)
      const asked = isAsked ? `${words} ${set} ` : ''
      const keep = (timeout = ''): string => `${asked}update ${set} { ${words}${timeout} } accept`
      return kind === 'tcp' ? [`tcp flags fin,rst ${keep(' timeout 1m')}`, keep()] : [keep()]
    }),
  )
}

const base = (hook: string, rule: string): GuardChain => ({
  hook: `type filter hook ${hook} priority -250; policy accept;`,
  rules: [rule],
})

/** `keep`: a rule allows it, and what answers it. `known`: it goes on if it belongs to something allowed. */
export const FILTER_CHAINS: ReadonlyMap<string, GuardChain> = new Map([
  ['filter_keep_in', { rules: [...lines('in', false), 'accept'] }],
  ['filter_keep_out', { rules: [...lines('out', false), 'accept'] }],
  ['filter_known_in', { rules: lines('in', true) }],
  ['filter_known_out', { rules: lines('out', true) }],
  ['filters_from_guests', base('prerouting', 'iifname vmap @filter_out')],
  ['filters_to_guests', base('postrouting', 'oifname vmap @filter_in')],
])
