/**
 * What the kernel makes of a packet at one of its hooks, worked out from its rules. Where that hangs on what is not understood or not
 * known, the verdict is `unknown`, and never a guess; where both ways end alike, it does not matter.
 */
import { baseChainsAt, isConnections, type BaseChainIn } from './base-chains.ts'
import { evaluate, type Outcome } from './evaluate.ts'
import type { Ending } from './rule.ts'
import type {
  HostAnswers,
  Judgement,
  Packet,
  Place,
  Rule,
  RuleRef,
  Ruleset,
  Table,
  Verdict,
} from './ruleset.ts'

type Certain = Exclude<Verdict, 'unknown'>

/** What is found out on the way. */
interface Run {
  readonly ruleset: Ruleset
  readonly place: Place
  readonly answers: HostAnswers
  packet: Packet
  isTranslated: boolean
  readonly path: RuleRef[]
  /** The first rule of which nobody knows whether it matches, or what it does. */
  puzzle: RuleRef | undefined
  /** Nobody knows where it is sent. */
  isLost: boolean
  /** What the chain may come to, besides what it comes to. */
  possible: Set<Certain>
  end: { readonly verdict: Certain; readonly by: RuleRef } | undefined
}

/** Where a packet is within a table. */
interface Spot {
  readonly table: Table
  readonly base: BaseChainIn
  readonly chain: string
  readonly depth: number
  /** Whether it comes here for certain. */
  readonly isSure: boolean
}

export function judge(ruleset: Ruleset, packet: Packet, place: Place, answers: HostAnswers = {}): Judgement {
  const run: Run = { ruleset, place, answers, packet, isTranslated: false, path: [], puzzle: undefined, isLost: false, possible: new Set(), end: undefined } // prettier-ignore
  const refusals = new Set<Certain>()
  let decisive: RuleRef | undefined
  for (const base of baseChainsAt(ruleset, packet, place)) {
    if (isConnections(base) && (run.isTranslated || !startsConnection(packet))) continue
    const { verdicts, by } = judgeChain(run, base)
    decisive = by
    for (const verdict of verdicts) if (verdict !== 'accept') refusals.add(verdict)
    if (!verdicts.has('accept')) return report(run, refusals, by)
  }
  return report(run, refusals.size === 0 ? new Set(['accept']) : new Set([...refusals, 'accept']), decisive)
}

const startsConnection = ({ state, isSettled }: Packet): boolean =>
  isSettled !== true && (state === 'new' || state === 'related')

function report(run: Run, verdicts: ReadonlySet<Certain>, by: RuleRef | undefined): Judgement {
  const { path, packet } = run
  const [only] = verdicts
  const isLost = run.isLost && only === 'accept'
  if (verdicts.size === 1 && only !== undefined && !isLost)
    return { verdict: only, path, decisive: by, packet }
  return { verdict: 'unknown', path, decisive: run.puzzle, packet }
}

/** All that the chain may come to. */
function judgeChain(run: Run, base: BaseChainIn): { verdicts: ReadonlySet<Certain>; by: RuleRef } {
  run.possible = new Set()
  run.end = undefined
  const { table, chain } = base
  const spot: Spot = { table, base, chain: chain.name, depth: 0, isSure: true }
  const policy = refTo(spot, { text: `policy ${base.rules.policy}` })
  if (walk(run, spot, chain.rules) !== 'ended') finish(run, spot, base.rules.policy, policy)
  const end = run.end as Run['end']
  return {
    verdicts: new Set([...run.possible, ...(end === undefined ? [] : [end.verdict])]),
    by: end?.by ?? policy,
  }
}

type Way = 'through' | 'returned' | 'ended'

function walk(run: Run, spot: Spot, rules: readonly Rule[]): Way {
  for (const [index, rule] of rules.entries()) {
    const outcome = evaluate(rule, { ...run, priority: spot.base.rules.priority }, spot.table)
    take(run, spot, outcome)
    if (outcome.answer === 'no') continue
    const ref = refTo(spot, rule, outcome.elements)
    const way =
      outcome.answer === 'yes'
        ? follow(run, spot, rule, ref, outcome)
        : maybe(run, spot, rules, index, outcome)
    if (way !== 'through') return way
  }
  return 'through'
}

/** What its statements made of the packet: where it may never have come here, nobody knows its marks. */
function take(run: Run, { isSure }: Spot, { packet }: Outcome): void {
  if (packet === run.packet) return
  const { mark, ctMark } = packet
  const isMarked = mark !== run.packet.mark
  const isConnectionMarked = ctMark !== run.packet.ctMark
  run.packet = isSure
    ? packet
    : {
        ...run.packet,
        ...(isMarked ? { mark: 'unknown' } : {}),
        ...(isConnectionMarked ? { ctMark: 'unknown' } : {}),
      }
}

function follow(run: Run, spot: Spot, rule: Rule, ref: RuleRef, outcome: Outcome): Way {
  if (spot.isSure) run.path.push(ref)
  const { ending } = outcome
  if (outcome.isTranslation === true) {
    if (spot.isSure) run.isTranslated = true
    else lose(run, ref)
    return finish(run, spot, 'accept', ref)
  }
  if (ending === undefined || ending.to === 'continue') return 'through'
  if (ending.to === 'unknown') return anything(run, ref)
  if (ending.to === 'return') return 'returned'
  if (ending.to !== 'jump' && ending.to !== 'goto') return finish(run, spot, ending.to, ref)
  const way = enter(run, spot, rule, ending)
  if (way === 'ended') return way
  return ending.to === 'goto' ? 'returned' : 'through'
}

/** Both ways are gone: the one on which it matches only adds what may come of it. */
function maybe(run: Run, spot: Spot, rules: readonly Rule[], index: number, outcome: Outcome): Way {
  const [rule, { ending }] = [rules[index], outcome]
  if (rule === undefined) return 'through'
  const ref = refTo(spot, rule)
  const unsure: Spot = { ...spot, isSure: false }
  if (outcome.isTranslation === true) lose(run, ref)
  if (ending === undefined || ending.to === 'continue') return 'through'
  run.puzzle ??= ref
  if (ending.to === 'unknown') return anything(run, ref)
  if (ending.to === 'return' || ending.to === 'goto') {
    if (ending.to === 'goto') enter(run, unsure, rule, ending)
    walk(run, unsure, rules.slice(index + 1))
    return 'returned'
  }
  if (ending.to === 'jump') enter(run, unsure, rule, ending)
  else run.possible.add(ending.to)
  return 'through'
}

function anything(run: Run, ref: RuleRef): Way {
  run.puzzle ??= ref
  for (const verdict of ['accept', 'drop', 'reject'] as const) run.possible.add(verdict)
  return 'through'
}

/** Nobody knows whether it is sent elsewhere, or where to. */
function lose(run: Run, ref: RuleRef): void {
  run.puzzle ??= ref
  run.isLost = true
  const isTarget = run.place === 'prerouting' || run.place === 'output'
  const lost = isTarget
    ? { destination: undefined, destinationPort: undefined }
    : { source: undefined, sourcePort: undefined }
  run.packet = { ...run.packet, ...lost }
}

function finish(run: Run, { isSure }: Spot, verdict: Certain, by: RuleRef): Way {
  if (isSure) run.end = { verdict, by }
  else run.possible.add(verdict)
  if (isSure && by.handle === undefined && by.text.startsWith('policy ')) run.path.push(by)
  return 'ended'
}

/** The kernel takes no more jumps within each other than this. */
const DEEPEST = 16

function enter(run: Run, spot: Spot, rule: Rule, ending: Extract<Ending, { to: 'jump' | 'goto' }>): Way {
  const chain = spot.table.chains.get(ending.chain)
  const rules = rule.inner ?? chain?.rules ?? []
  if (spot.depth >= DEEPEST) return 'through'
  const name = rule.inner === undefined ? ending.chain : spot.chain
  return walk(run, { ...spot, chain: name, depth: spot.depth + 1 }, rules) === 'ended' ? 'ended' : 'through'
}

function refTo(
  { table, base, chain }: Spot,
  { text, handle, spelt }: Rule,
  elements: readonly string[] = [],
): RuleRef {
  return {
    family: table.family,
    table: table.name,
    chain,
    hook: base.rules.hook,
    ...(handle === undefined ? {} : { handle }),
    text: spelt ?? text,
    ...(elements.length === 0 ? {} : { elements }),
  }
}
