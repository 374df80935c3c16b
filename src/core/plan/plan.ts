/** A change to the host as data: steps with their reasons, their undo, and what guests notice of them. */
import type { Action } from './action.ts'
import type { Disruption } from './disruption.ts'

/** No undo is needed, and why. */
export interface NoUndo {
  readonly kind: 'none'
  readonly because: string
  /** Something is lost for good (a deleted disk): the change cannot be undone. */
  readonly isLoss?: true
}

/** One effect: it happened or it did not. */
export interface Step {
  /** One clause in the present tense, shown to people: 'guests of default reach the outside through this host'. */
  readonly reason: string
  readonly do: Action
  readonly undo: Action | NoUndo
  /** Absent: no guest that runs notices. */
  readonly disrupts?: Disruption
}

export interface Plan {
  /** `start network 'default'`: fits after "could not". */
  readonly title: string
  readonly steps: readonly Step[]
  /** Starts take back what was done when a step fails; stops carry on and collect the failures. */
  readonly onFailure: 'take-back' | 'carry-on'
  /**
   * Of a plan that is taken back: once so many steps are done, what is left is carried on instead, also by the next weftd. Until then
   * nothing is done that could not be taken back.
   */
  readonly pointOfNoReturn?: number
  /**
   * It began without steps, and those of several changes came to it, some of them at once: of all that it has, none is known to have
   * happened before the one after it.
   */
  readonly isGrown?: true
  /** Whether it changes files that survive a reboot; then its journal is kept where they are, and fsynced. */
  readonly isLasting: boolean
}

export function startPlan(title: string, steps: readonly Step[]): Plan {
  return { title, steps, onFailure: 'take-back', isLasting: false }
}

export function stopPlan(title: string, steps: readonly Step[]): Plan {
  return { title, steps, onFailure: 'carry-on', isLasting: false }
}

/** A plan that changes lasting files: definitions, disks. */
export function lastingPlan(title: string, steps: readonly Step[]): Plan {
  return { title, steps, onFailure: 'take-back', isLasting: true }
}

/** What becomes of a plan that cannot go on after so many steps. */
export function isTakenBack({ onFailure, pointOfNoReturn = Infinity }: Plan, stepsDone: number): boolean {
  return onFailure === 'take-back' && stepsDone < pointOfNoReturn
}

export function noUndo(because: string): NoUndo {
  return { kind: 'none', because }
}

/** What the step takes away is gone: `weft undo` refuses, and says why. */
export function cannotUndo(because: string): NoUndo {
  return { kind: 'none', because, isLoss: true }
}

/**
 * The way back: steps in reverse order with do and undo exchanged; guests notice it as they noticed the way there. Steps without an
 * undo have nothing to take back and are left out. Stops are made from starts with this, so that the two can never disagree.
 */
export function invert(steps: readonly Step[], reason: (step: Step) => string): Step[] {
  return steps
    .flatMap(({ undo, ...step }): Step[] =>
      undo.kind === 'none' ? [] : [{ ...step, reason: reason({ undo, ...step }), do: undo, undo: step.do }],
    )
    .reverse()
}
