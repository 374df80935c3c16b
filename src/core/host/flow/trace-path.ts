/** The way of a packet as hops: what the kernel said of it, or what the judge worked out, in one shape. */
import { evaluate } from '../ruleset/evaluate.ts'
import type { HostAnswers, Packet, Place, Rule, RuleRef, Ruleset, Table } from '../ruleset/ruleset.ts'
import type { Flow } from './flow.ts'
import { readTracedPacket, type TracedPacket, type TraceLine } from './trace-lines.ts'
import { TRACE_TABLE } from './trace-table.ts'

export interface TraceHop {
  readonly place: Place
  /** As it came to the hook. */
  readonly packet: Pick<TracedPacket, 'in' | 'out' | 'sourcePort' | 'destinationPort'> & {
    readonly source: string | undefined
    readonly destination: string | undefined
  }
  /** What matched, in order. */
  readonly rules: readonly RuleRef[]
}

export interface TracePath {
  readonly hops: readonly TraceHop[]
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown'
  /** The rule that ended it. */
  readonly decisive?: RuleRef
}

/** Of the kernel's own words; the elements by which rules matched are looked up in the rules. */
export function pathOf(
  lines: readonly TraceLine[],
  ruleset: Ruleset,
  packet: Packet,
  answers: HostAnswers,
): TracePath {
  const hops: { place: Place; packet: TracedPacket; rules: RuleRef[] }[] = []
  let verdict: TracePath['verdict'] = 'accept'
  let decisive: RuleRef | undefined
  for (const line of lines) {
    const table = ruleset.tables.find(({ family, name }) => family === line.family && name === line.table)
    if (line.kind === 'packet') {
      const base = table?.chains.get(line.chain)?.base
      const place = placeOf(line.family, base?.hook ?? 'prerouting')
      const seen = readTracedPacket(line.text)
      const last = hops.at(-1)
      if (last?.place !== place) hops.push({ place, packet: seen, rules: [] })
      continue
    }
    const hop = hops.at(-1)
    if (hop === undefined || line.table === TRACE_TABLE) continue
    const ref = refOf(
      line,
      hop.place,
      table,
      { ...packet, ...hop.packet, protocol: packet.protocol },
      answers,
    )
    if (line.kind === 'rule' || line.verdict !== 'accept' || line.kind === 'policy') hop.rules.push(ref)
    if (line.verdict === 'drop') {
      verdict = /\breject\b/.test(ref.text) ? 'reject' : 'drop'
      decisive = ref
    }
  }
  return { hops, verdict, ...(decisive === undefined ? {} : { decisive }) }
}

const placeOf = (family: string, hook: RuleRef['hook']): Place =>
  family === 'bridge' && hook !== 'ingress' ? `bridge ${hook}` : hook

function refOf(
  line: TraceLine,
  place: Place,
  table: Table | undefined,
  packet: Packet,
  answers: HostAnswers,
): RuleRef {
  const hook = place.replace('bridge ', '') as RuleRef['hook']
  const at = { family: line.family, table: line.table, chain: line.chain, hook }
  if (line.kind !== 'rule') return { ...at, text: `policy ${line.text}` }
  const rule = table?.chains.get(line.chain)?.rules.find((each) => isSame(each, line))
  if (rule === undefined || table === undefined) return { ...at, text: line.text }
  const { elements } = evaluate(rule, { packet, place, priority: 0, answers }, table)
  return {
    ...at,
    ...(rule.handle === undefined ? {} : { handle: rule.handle }),
    text: rule.text,
    ...(elements.length === 0 ? {} : { elements }),
  }
}

/** Counters have gone on meanwhile. */
const isSame = (rule: Rule, { text, handle }: TraceLine): boolean =>
  handle === undefined ? withoutCounts(rule.text) === withoutCounts(text) : rule.handle === handle

export const withoutCounts = (text: string): string =>
  text.replace(/ ?counter packets \d+ bytes \d+/g, '').trim()

/** The same of what the judge worked out. */
export function pathOfFlow({ hops, verdict, packet }: Flow, first: Packet): TracePath {
  const decisive = verdict === 'accept' ? undefined : hops.at(-1)?.judgement.decisive
  return {
    hops: hops.map(({ place, judgement }, index) => {
      const before = hops[index - 1]?.judgement.packet ?? first
      return {
        place,
        packet: {
          ...(judgement.packet.in === undefined ? {} : { in: judgement.packet.in }),
          ...(judgement.packet.out === undefined ? {} : { out: judgement.packet.out }),
          source: before.source,
          destination: before.destination,
          ...(before.sourcePort === undefined ? {} : { sourcePort: before.sourcePort }),
          ...(before.destinationPort === undefined ? {} : { destinationPort: before.destinationPort }),
        },
        rules: judgement.path,
      }
    }),
    verdict: packet === first && hops.length === 0 ? 'unknown' : verdict,
    ...(decisive === undefined ? {} : { decisive }),
  }
}
