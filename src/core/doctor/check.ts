/** One question of the doctor's: asked of a place on a packet's way, answered with what was seen or with what is wrong. */
import type { NetworkSpec } from '../network/spec.ts'
import type { Plug, Sight } from './sight.ts'

export interface HostPlace {
  readonly sight: Sight
}
export interface NetworkPlace extends HostPlace {
  readonly network: NetworkSpec
}
export interface GuestPlace extends NetworkPlace {
  readonly plug: Plug
  /** Somebody wants to know about this one. */
  readonly isAsked?: boolean
}

export interface Fault {
  /** Which of the faults of docs/reference/faults.md it is. */
  readonly kind: string
  /** A sentence: what is not as it should be. */
  readonly what: string
  /** Who or what does it: an object, a process, a rule, a command somebody typed. */
  readonly culprit: string
  /** Who did it with a command of weft's, where the history knows. */
  readonly by?: string
  /** What such a change is called there, and a part of one of its commands. */
  readonly typed?: { readonly title: string; readonly words: string }
  /** A command that mends it. */
  readonly mend?: string
  /** Where no command does. */
  readonly advice?: string
}

/** Healthy: a few words on what was seen. Undefined: there is nothing to ask here. */
export type Verdict = string | Fault | undefined

/** `stage`: the word in front of the line. Those with `of: 'network'` are asked once a network, not once a guest. */
export type Check =
  | { readonly of: 'guest'; readonly stage: string; readonly judge: (place: GuestPlace) => Verdict }
  | { readonly of: 'network'; readonly stage: string; readonly judge: (place: NetworkPlace) => Verdict }
  | { readonly of: 'host'; readonly stage: string; readonly judge: (place: HostPlace) => Verdict }

/** The first that finds something wrong; else all that was said, in one line. */
export function firstFault(...verdicts: readonly (Verdict | (() => Verdict))[]): Verdict {
  const words: string[] = []
  for (const each of verdicts) {
    const verdict = typeof each === 'function' ? each() : each
    if (typeof verdict === 'object') return verdict
    if (verdict !== undefined && verdict !== '') words.push(verdict)
  }
  return words.length === 0 ? undefined : words.join(', ')
}

export interface Stage {
  readonly stage: string
  readonly text: string
  readonly fault?: Fault
}

/** What is asked along one way, up to the first thing that is wrong. */
export function walk(
  checks: readonly Check[],
  place: HostPlace | NetworkPlace | GuestPlace,
): readonly Stage[] {
  const stages: Stage[] = []
  for (const check of checks) {
    const verdict = ask(check, place)
    if (verdict === undefined) continue
    if (typeof verdict === 'string') stages.push({ stage: check.stage, text: verdict })
    else return [...stages, { stage: check.stage, text: verdict.what, fault: verdict }]
  }
  return stages
}

function ask(check: Check, place: HostPlace | NetworkPlace | GuestPlace): Verdict {
  if (check.of === 'host') return check.judge(place)
  if (!('network' in place)) return undefined
  if (check.of === 'network') return check.judge(place)
  return 'plug' in place ? check.judge(place) : undefined
}
