/** Programs of an administrator's that are part of a plan: told what is about to happen, and able to forbid it. */
import type { RunAction } from './action.ts'
import { noUndo, type Step } from './plan.ts'

/** As libvirt calls them: what happens, and whether it begins or has ended. */
export type HookMoment = readonly [operation: string, stage: 'begin' | 'end']

export interface HookCall {
  /** The programs, in the order they are run in. */
  readonly scripts: readonly string[]
  /** What it is about: a network's or a machine's name. */
  readonly object: string
  /** Given on stdin. */
  readonly text: string
}

/** A program that hangs keeps everybody waiting: after this long it is killed, and counts as a no. */
const LIMIT_MS = 60_000
const ANY_EXIT = Array.from({ length: 255 }, (_, i) => i + 1)

/** They are asked: one that ends with anything but 0 ends the plan. `back` is what they hear when it is taken back later. */
export function askHooks(call: HookCall, moment: HookMoment, back?: HookMoment): Step[] {
  return call.scripts.map((script) => ({
    reason: `the hook '${script}' may forbid it: ${call.object} ${moment[0]}`,
    do: hookAction(script, call, moment),
    undo:
      back === undefined
        ? noUndo('hooks hear of it with the steps before')
        : { ...hookAction(script, call, back), accept: ANY_EXIT },
  }))
}

/** They are told of what is over: nothing becomes of how they end. */
export function tellHooks(call: HookCall, moment: HookMoment): Step[] {
  return call.scripts.map((script) => ({
    reason: `the hook '${script}' hears of it: ${call.object} ${moment[0]}`,
    do: { ...hookAction(script, call, moment), accept: ANY_EXIT },
    undo: noUndo('whoever has heard of it knows'),
  }))
}

/** OBJECT OPERATION STAGE EXTRA; libvirt's extra word is `-` in all of these. */
export function hookAction(
  script: string,
  { object, text }: Pick<HookCall, 'object' | 'text'>,
  [operation, stage]: HookMoment,
): RunAction {
  return { kind: 'run', argv: [script, object, operation, stage, '-'], stdin: text, timeoutMs: LIMIT_MS }
}
