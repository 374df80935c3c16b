/** The last beats of every changing use case: show the plan, or carry it out. */
import type { Plan } from '../core/plan/plan.ts'
import type { WeftEvent } from './event-ports.ts'
import { executeInTwo, executePlan, type Sequel } from './execute-plan.ts'
import type { App } from './ports.ts'

/** Who asks, and whether only to see the plan. */
export interface ChangeRequest {
  readonly by: string
  readonly dryRun: boolean
  /** Whoever asked has gone away; absent where it makes no difference. */
  readonly left?: AbortSignal
}

export interface Changed<Result extends string> {
  readonly result: Result
  /** Sentences for people: what was chosen for them, and why. */
  readonly notes: readonly string[]
  /** The number in the history; null when nothing was changed. */
  readonly number: number | null
  readonly plan: Plan
}

/** Executes the plan unless it is empty or only to be shown. A failure has been taken back when this throws. */
export async function carryOut<Result extends string>(
  app: App,
  request: ChangeRequest,
  plan: Plan,
  result: Result,
  notes: readonly string[] = [],
): Promise<Changed<Result>> {
  if (request.dryRun || plan.steps.length === 0) return { result, notes, number: null, plan }
  const number = await executePlan(app, plan, request.by)
  return { result, notes, number, plan }
}

/** The same for a plan that waits in between, while others have their turns. */
export async function carryOutInTwo<Result extends string>(
  app: App,
  request: ChangeRequest,
  { plan, sequel }: { readonly plan: Plan; readonly sequel: Sequel },
  result: Result,
  notes: readonly string[],
): Promise<Changed<Result>> {
  if (request.dryRun) return { result, notes, number: null, plan }
  return { result, notes, ...(await executeInTwo(app, plan, request.by, sequel)) }
}

/** What follows a change that has been carried out: everybody hears of it. */
export function told<C extends Changed<string>>(app: App, changed: C, event: WeftEvent): C {
  if (changed.number !== null) app.events.emit(event)
  return changed
}

/** What follows a change of a machine's definition: it is read anew, and everybody hears of it. */
export async function toldOfDefinition<C extends Changed<string>>(
  app: App,
  name: string,
  changed: C,
  because?: string,
): Promise<C> {
  if (changed.number === null) return changed
  await app.vms.refresh(name)
  app.events.emit({ kind: 'vm', name, what: 'defined', ...(because === undefined ? {} : { because }) })
  return changed
}

/** For what goes on after its plan: whoever does not want to wait hears of its end by events. */
export async function waitUnlessBackground<Result extends string>(
  { isBackground }: { readonly isBackground?: boolean },
  changed: Changed<Result>,
  ended: Promise<void> | undefined,
): Promise<Changed<Result | 'begun'>> {
  if (isBackground === true && ended !== undefined) {
    ended.catch(() => undefined)
    return { ...changed, result: 'begun' }
  }
  await ended
  return changed
}
