/** Whether somebody did it with a command of weft's: then the history knows who, and when. */
import type { Plan } from '../plan/plan.ts'
import type { Fault } from './check.ts'

export interface PastChange {
  readonly number: number
  readonly title: string
  readonly by: string
  readonly at: string
  readonly outcome: string
  readonly plan: Plan
}

/** `changes` as the history has them, oldest first. The last change of that name counts, if it is the one that did it. */
export function blame(fault: Fault, changes: readonly PastChange[]): Fault {
  const { typed } = fault
  if (typed === undefined) return fault
  const last = changes.findLast(({ title, outcome }) => title === typed.title && outcome === 'done')
  const did =
    typed.words === '' ||
    last?.plan.steps.some(({ do: each }) => each.kind === 'run' && each.argv.join(' ').includes(typed.words))
  if (last === undefined || did !== true) return fault
  return {
    ...fault,
    by: `${last.by}, ${last.at.slice(0, 19).replace('T', ' ')} UTC (weft diff ${String(last.number)})`,
  }
}
