/** The chains of one port's filter: those that look at frames, and behind them the one that looks at packets of IP. */
import type { GuardChain } from '../guard/guard-table.ts'
import { isOfFrames } from './filter-fields.ts'
import type { PortFilter } from './filter-spec.ts'
import { flattenFilter, type FlatRule } from './flatten-filter.ts'
import { frameMatches, packetMatches } from './rule-matches.ts'

export type Way = 'in' | 'out'
export const WAYS = ['in', 'out'] as const

export interface FilterChains {
  readonly chains: ReadonlyMap<string, GuardChain>
  /** Where packets of the port begin; absent: nothing is looked at that way. */
  readonly first: Readonly<Partial<Record<Way, string>>>
}

/** `prefix` ends with the port's name. `hosts` are the addresses that this host has on the network. */
export function filterChains(prefix: string, filter: PortFilter, hosts: readonly string[]): FilterChains {
  const rules = flattenFilter(filter)
  const chains = new Map<string, GuardChain>()
  const first: Partial<Record<Way, string>> = {}
  for (const way of WAYS) {
    const packets = packetChain(`${prefix}/${way}/packets`, rules, { way, hosts })
    if (packets !== undefined) {
      chains.set(...packets)
      first[way] = packets[0]
    }
    const frames = frameChains(`${prefix}/${way}`, rules, way, packets?.[0])
    for (const [name, chain] of frames) chains.set(name, chain)
    const entry = frames.at(-1)
    if (entry !== undefined) first[way] = entry[0]
  }
  return { chains, first }
}

/** Something that has its turn. */
interface Turn {
  readonly priority: number
  readonly lines: readonly string[]
}

const inTurn = (turns: readonly Turn[]): string[] =>
  [...turns].sort((a, b) => a.priority - b.priority).flatMap(({ lines }) => lines)

/** The name says whose rule it is, and the number what it says: nft spells rules in many ways, a comment in one. */
export function labelled(rule: FlatRule, line: string): string {
  return `${line} comment "${shortened(rule.filter)} ${String(rule.priority)} #${fingerprint(line)}"`
}

/** nft takes 128 bytes of a comment; what follows the name has up to 16. */
function shortened(name: string): string {
  const letters = Array.from(name)
  while (new TextEncoder().encode(letters.join('')).length > 110) letters.pop()
  return letters.join('')
}

/** FNV-1a. */
export function fingerprint(text: string): string {
  let value = 0x811c9dc5
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, '0')
}

const ENTRY: Readonly<Record<string, string>> = {
  mac: '',
  stp: 'ether daddr 01:80:c2:00:00:00 ',
  vlan: 'ether type 8021q ',
  arp: 'ether type arp ',
  rarp: 'ether type 0x8035 ',
  ipv4: 'ether type ip ',
  ipv6: 'ether type ip6 ',
}

/** The chain that the others belong to is the last. `packets`: what is accepted here goes on there. */
function frameChains(
  root: string,
  rules: readonly FlatRule[],
  way: Way,
  packets: string | undefined,
): [string, GuardChain][] {
  const mine = rules.filter(
    ({ protocol, direction }) => isOfFrames(protocol) && (direction === way || direction === 'inout'),
  )
  if (mine.length === 0) return []
  const accept = packets === undefined ? 'accept' : `goto ${packets}`
  const turnsIn = (chain: string): Turn[] =>
    mine
      .filter((rule) => rule.chain === chain)
      .map((rule) => ({ priority: rule.priority, lines: frameLines(rule, way, accept) }))
  const names = [...new Set(mine.map(({ chain }) => chain))].filter((name) => name !== 'root').sort()
  const subs = names.map((name): [string, GuardChain] => [
    `${root}/${name}`,
    { rules: inTurn(turnsIn(name)) },
  ])
  const jumps = names.map((name): Turn => {
    const prefix = name.split('-', 1)[0] ?? ''
    const line = `${ENTRY[prefix] ?? ''}jump ${root}/${name}`
    return {
      priority: mine.find(({ chain }) => chain === name)?.chainPriority ?? 0,
      lines: [`${line} comment "${name} #${fingerprint(line)}"`],
    }
  })
  // A chain comes before a rule of the same priority.
  const end = packets === undefined ? [] : [accept]
  return [...subs, [root, { rules: [...inTurn([...jumps, ...turnsIn('root')]), ...end] }]]
}

/** Of rules for both ways, what is written is how packets come in. */
function frameLines(rule: FlatRule, way: Way, accept: string): string[] {
  if (rule.action === 'continue') return []
  const isTurned = rule.direction === 'inout' && way === 'out'
  const verdicts = {
    accept,
    drop: 'counter drop',
    // Frames have no way to be answered: libvirt drops them, too.
    reject: 'counter drop',
    // Whoever leaves the first chain has been let through by it.
    return: rule.chain === 'root' ? accept : 'return',
  }
  return [labelled(rule, [...frameMatches(rule, isTurned), verdicts[rule.action]].join(' '))]
}

interface Side {
  readonly way: Way
  readonly hosts: readonly string[]
}

function packetChain(name: string, rules: readonly FlatRule[], side: Side): [string, GuardChain] | undefined {
  const mine = rules.filter(({ protocol }) => !isOfFrames(protocol))
  if (mine.length === 0) return undefined
  const turns = mine.map((rule): Turn => ({
    priority: rule.priority,
    lines: packetLines(rule, side.way).map((line) => labelled(rule, line)),
  }))
  return [
    name,
    { rules: [...AROUND, ...(side.way === 'in' ? fromHost(side) : []), ...inTurn(turns), 'accept'] },
  ]
}

/** Later pieces of a packet whose first one was let through carry no ports. */
const AROUND = ['ip frag-off & 8191 != 0 accept', 'frag frag-off != 0 accept']

/** libvirt does not look at what this host sends: leases come, and IPv6 finds its neighbours. */
function fromHost({ hosts }: Side): string[] {
  const from = hosts.length === 1 ? (hosts[0] ?? '') : `{ ${[...hosts].join(', ')} }`
  return [
    ...(hosts.length === 0 ? [] : [`ip saddr ${from} udp sport 67 udp dport 68 accept`]),
    'icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept',
  ]
}

function packetLines(rule: FlatRule, way: Way): string[] {
  const { action, direction, fields } = rule
  const isBoth = direction === 'inout'
  const isForward = isBoth || direction === way
  const isTurned = isBoth ? way === 'out' : !isForward
  const matches = packetMatches(rule, isTurned).join(' ')
  const states = fields.get('state')?.value
  // Of a type there is no answer of the same type.
  if (!isForward && (fields.has('type') || states !== undefined)) return []
  if (action === 'continue') return []
  if (action === 'drop' || action === 'reject') return [`${matches} counter drop`]
  if (states !== undefined) return stateLines(matches, states.split(','), way)
  if (action === 'return' || isBoth || rule.isStateless === true) return [`${matches} accept`]
  return [isForward ? `${matches} goto filter_keep_${way}` : `${matches} jump filter_known_${way}`]
}

const ERRORS = [
  'icmp type { destination-unreachable, time-exceeded, parameter-problem } accept',
  'icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept',
]

/** Related to something is what ICMP reports of it: nobody opens ports for helpers any more. */
function stateLines(matches: string, states: readonly string[], way: Way): string[] {
  if (states.includes('NONE')) return [`${matches} accept`]
  const related = states.includes('RELATED') ? ERRORS : []
  if (states.includes('NEW')) return [...related, `${matches} goto filter_keep_${way}`]
  return [...related, `${matches} jump filter_known_${way}`]
}
