/** The guard's part of plugging, unplugging, changing and repairing: each as one nft transaction on `table bridge weft`. */
import { nft, type Action } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import type { PortSpec } from '../port.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import {
  NEWCOMERS,
  NEWCOMER_TIME,
  SHARED_SET_NAMES,
  isSharedChain,
  isSharedSet,
  sharedChains,
  sharedSets,
  type GuardSet,
  type GuardTable,
} from './guard-table.ts'
import { DELETE_GUARD_TABLE, formatGuardTable, guardChanges, parseGuardTable } from './guard-text.ts'
import { guardOf, guardPrefix, guestOf, mergeTables } from './network-guard.ts'

type Seen = Pick<SeenHost, 'guard'> & Partial<Pick<SeenHost, 'links'>>

const NOTHING: GuardTable = { sets: new Map(), chains: new Map() }

/** `ports` are all that are to be plugged into the network afterwards. What other networks have in the table stays as it is. */
export function guardSteps(network: NetworkSpec, ports: readonly PortSpec[], seen: Seen): Step[] {
  const wanted = guardOf(network, ports)
  if (seen.guard === undefined && wanted === undefined) return []
  const there = seenTable(seen.guard)
  const names = new Set<string>(ports.map((port) => `"${port.interface}"`))
  const rest = withoutNetworks(there, (prefix) => prefix === guardPrefix(network), names)
  return changeSteps(seen, mergeTables(rest, wanted ?? NOTHING), describe(network, ports, wanted))
}

/** What is there for networks that are gone: `live` are all that run. */
export function guardLeftoverSteps(live: readonly NetworkSpec[], seen: Seen): Step[] {
  if (seen.guard === undefined) return []
  const known = new Set(live.map(guardPrefix))
  const rest = withoutNetworks(seenTable(seen.guard), (prefix) => !known.has(prefix), new Set())
  return changeSteps(seen, rest, 'nobody is judged by the rules of a network that is gone')
}

/** What an earlier weft made is of another build: it makes room, network by network. */
function seenTable(listing: string | undefined): GuardTable {
  const table = listing === undefined ? NOTHING : parseGuardTable(listing)
  const isStrange = [...table.sets.keys()].some((name) => prefixOf(name) === undefined && !isSharedSet(name))
  return isStrange ? NOTHING : table
}

function describe({ name }: NetworkSpec, ports: readonly PortSpec[], wanted: GuardTable | undefined): string {
  if (wanted === undefined) return `no guest of ${name} is left to guard`
  const filtered = ports.flatMap((port) =>
    port.filter === undefined ? [] : [`${guestOf(port) ?? port.interface} by filter '${port.filter.name}'`],
  )
  const hasRules = (wanted.sets.get('in')?.elements?.length ?? 0) > 0
  if (filtered.length > 0) {
    const rest = filtered.length > 3 ? `, and ${String(filtered.length - 3)} more` : ''
    const others = hasRules ? `; then by the rules of ${name}` : ''
    return `what goes to and from guests of ${name} is judged: ${filtered.slice(0, 3).join(', ')}${rest}${others}`
  }
  return hasRules
    ? `what goes to and from the guests of ${name} is judged by its rules`
    : `guests of ${name} cannot pass for somebody else`
}

function changeSteps(seen: Seen, wanted: GuardTable, reason: string): Step[] {
  const { guard } = seen
  if (isEmpty(wanted)) return guard === undefined ? [] : [deleteStep(guard)]
  const there = seenTable(guard)
  const newcomers = newcomerLines(there, wanted, seen)
  if (guard === undefined) return [{ reason, do: load(wanted, newcomers), undo: nft(DELETE_GUARD_TABLE) }]
  if (there === NOTHING || !isAlike(there, wanted))
    return [{ reason, do: load(wanted, newcomers), undo: load(parseGuardTable(guard)) }]
  const lines = guardChanges(there, wanted)
  const undo = nft(guardChanges(wanted, there))
  return lines.length === 0 ? [] : [{ reason, do: nft([...lines, ...newcomers]), undo }]
}

function deleteStep(there: string): Step {
  return {
    reason: 'no guest is left for the table of the bridges to guard',
    do: nft(DELETE_GUARD_TABLE),
    undo: load(parseGuardTable(there)),
  }
}

function load(table: GuardTable, more: readonly string[] = []): Action {
  return nft([...DELETE_GUARD_TABLE, ...formatGuardTable(table).trimEnd().split('\n'), ...more])
}

/** Ports that rules are about from here on, and that are in use already. */
function newcomerLines(there: GuardTable, wanted: GuardTable, { links = [] }: Seen): string[] {
  const judged = ({ sets }: GuardTable): string[] =>
    (sets.get('in')?.elements ?? []).map((element) => element.split(' ', 1)[0] ?? '')
  const known = new Set(judged(there))
  const plugged = new Set(links.flatMap((link) => (link.master === undefined ? [] : [`"${link.name}"`])))
  const fresh = judged(wanted).filter((port) => plugged.has(port) && !known.has(port))
  const elements = fresh.map((port) => `${port} timeout ${NEWCOMER_TIME}`)
  return fresh.length === 0 ? [] : [`add element bridge weft ${NEWCOMERS} { ${elements.join(', ')} }`]
}

/** Sets keep their types and base chains their hooks for life. */
function isAlike(there: GuardTable, wanted: GuardTable): boolean {
  const sameSets = [...wanted.sets].every(([name, { kind, type }]) => {
    const set = there.sets.get(name)
    return set === undefined || (set.kind === kind && set.type === type)
  })
  const sameChains = [...wanted.chains].every(([name, { hook }]) => {
    const chain = there.chains.get(name)
    return chain === undefined || chain.hook === hook
  })
  return sameSets && sameChains
}

function isEmpty({ sets, chains }: GuardTable): boolean {
  const isUsed = [...sets.values()].some(({ elements }) => elements !== undefined && elements.length > 0)
  return !isUsed && [...chains.keys()].every(isSharedChain)
}

/** `lab/` of `lab/in/rules`; what has none is shared. */
const prefixOf = (name: string): string | undefined => /^[^/]+\//.exec(name)?.[0]

/** Without the chains, sets and elements of some networks; the elements of `ports` go too, wherever they lead. */
function withoutNetworks(
  there: GuardTable,
  isGone: (prefix: string) => boolean,
  ports: ReadonlySet<string>,
): GuardTable {
  const isKept = (name: string): boolean => {
    const prefix = prefixOf(name)
    return prefix !== undefined && !isGone(prefix)
  }
  const gone = new Set([...ports, ...portsLeadingTo(there, isGone)])
  const shared = SHARED_SET_NAMES.map((name) => {
    const elements = there.sets.get(name)?.elements ?? []
    return [name, elements.filter((element) => !gone.has(element.split(' ', 1)[0] ?? ''))] as const
  })
  const elements = Object.fromEntries(shared)
  return {
    sets: new Map<string, GuardSet>([
      ...sharedSets(elements),
      ...[...there.sets].filter(([name]) => isKept(name)),
    ]),
    chains: new Map([...sharedChains(elements), ...[...there.chains].filter(([name]) => isKept(name))]),
  }
}

/** By the maps: the chain an interface leads to says whose port it is. */
function portsLeadingTo({ sets }: GuardTable, isGone: (prefix: string) => boolean): string[] {
  const elements = [...sets.values()].flatMap((set) => (set.kind === 'map' ? (set.elements ?? []) : []))
  return elements.flatMap((element) => {
    const [, port, target = ''] = /^("[^"]+") : (?:jump|goto) (\S+)$/.exec(element) ?? []
    return port !== undefined && isGone(prefixOf(target) ?? '') ? [port] : []
  })
}
