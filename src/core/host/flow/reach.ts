/** Whether a question gets there and its answer back, and by which rule. */
import { ownerOf, type OwnerHints } from '../ruleset/owner.ts'
import { ownerWords } from '../ruleset/owner-words.ts'
import type { Packet, RuleRef } from '../ruleset/ruleset.ts'
import { answerTo, judgeFlow, type Flow, type FlowHost } from './flow.ts'

export const REACHES = ['yes', 'refused', 'dropped', 'no answer', 'unknown'] as const
export type Reach = (typeof REACHES)[number]

export interface Reached {
  readonly reach: Reach
  /** What let it in, or kept it out; absent where no rule did. */
  readonly rule?: RuleRef
  /** Whose that is, in words. */
  readonly owner?: string
}

const WORDS = { drop: 'dropped', reject: 'refused', unknown: 'unknown' } as const

export function reaches(host: FlowHost, packet: Packet, hints: OwnerHints): Reached {
  const flow = judgeFlow(host, packet)
  if (flow.verdict !== 'accept')
    return by(WORDS[flow.verdict], flow, flow.hops.at(-1)?.judgement.decisive, hints)
  const answer = answerTo(packet, flow)
  const back = answer === undefined ? undefined : judgeFlow(host, answer)
  if (back === undefined) return { reach: 'unknown' }
  if (back.verdict === 'unknown') return by('unknown', back, back.hops.at(-1)?.judgement.decisive, hints)
  if (back.verdict !== 'accept') return by('no answer', back, back.hops.at(-1)?.judgement.decisive, hints)
  return by('yes', flow, letIn(flow), hints)
}

/** The last rule that said yes to it where packets are filtered; a policy only where no rule did. */
function letIn({ hops }: Flow): RuleRef | undefined {
  const filtered = hops.filter(({ place }) => /forward|input|bridge/.test(place))
  const path = filtered.flatMap(({ judgement }) => judgement.path)
  const said = path.filter(
    ({ text, elements = [] }) =>
      /\baccept$|accept comment|-j ACCEPT$/.test(text) || elements.some((each) => each.endsWith(' : accept')),
  )
  return said.findLast(({ handle }) => handle !== undefined) ?? said.at(-1)
}

function by(reach: Reach, { hops }: Flow, rule: RuleRef | undefined, hints: OwnerHints): Reached {
  if (rule === undefined) return { reach }
  const path = hops.flatMap(({ judgement }) => judgement.path)
  return { reach, rule, owner: ownerWords(ownerOf(rule, { ...hints, path }), rule) }
}
