/**
 * What the kernel's old tables have to do with a packet that was traced: the kernel does not tell of them. What the judge makes of their
 * rules is put in where they stand, and where the packet was seen no more, what ended it.
 */
import { readLegacyName } from '../ruleset/legacy-name.ts'
import type { Place, RuleRef } from '../ruleset/ruleset.ts'
import type { Flow } from './flow.ts'
import type { TraceHop, TracePath } from './trace-path.ts'

const isLegacy = ({ table }: RuleRef): boolean => readLegacyName(table) !== undefined

/** A policy that lets pass what no rule names has no part in it: tables stay when their rules go. */
const hasPart = (rule: RuleRef): boolean => isLegacy(rule) && rule.text !== 'policy accept'

/** `computed`: the same packet's way as the judge sees it. */
export function withLegacy(path: TracePath, computed: TracePath): TracePath {
  const hops = path.hops.map((hop): TraceHop => {
    const same = computed.hops.find(({ place }) => place === hop.place)
    const met = same?.rules.filter(hasPart) ?? []
    return met.length === 0 ? hop : { ...hop, rules: [...hop.rules, ...met] }
  })
  const last = computed.hops.at(-1)
  const { verdict, decisive } = computed
  const isEnded = path.verdict === 'accept' && verdict !== 'accept' && decisive !== undefined
  if (!isEnded || last === undefined || !isLegacy(decisive)) return { ...path, hops }
  const seen = hops.findIndex(({ place }) => place === last.place)
  // The kernel saw it further on: then it has passed, whatever the judge thinks.
  if (seen !== -1 && seen < hops.length - 1) return { ...path, hops }
  return { hops: seen === -1 ? [...hops, onlyLegacy(last)] : hops, verdict, decisive }
}

const onlyLegacy = (hop: TraceHop): TraceHop => ({ ...hop, rules: hop.rules.filter(hasPart) })

/** Whether rules of the old tables came into it. */
export const hasLegacy = ({ hops, decisive }: TracePath): boolean =>
  [...hops.flatMap(({ rules }) => rules), ...(decisive === undefined ? [] : [decisive])].some(hasPart)

/** The last place of which the kernel tells: where a chain of nft's is. */
export const lastTold = ({ hops }: Flow): Place | undefined =>
  hops.findLast(({ judgement: { decisive } }) => decisive !== undefined && !isLegacy(decisive))?.place
