/**
 * Carries out a plan: journals it, performs each step, and when one fails takes back those before it (a start) or carries on and
 * reports at the end (a stop). The only place where a plan becomes deeds.
 */
import { WeftError, type ErrorCode } from '../core/errors.ts'
import { isTakenBack, type Plan, type Step } from '../core/plan/plan.ts'
import { renderHeadline } from '../core/plan/render.ts'
import type { Snapshot } from '../core/host/snapshot.ts'
import type { App, JournalEntry, Outcome, SnapshotScope } from './ports.ts'
import { scopeOf } from './plan-scope.ts'
import type { Lend } from './queue.ts'
import { narrowSnapshots } from './snapshot-diff.ts'

interface Failure {
  readonly step: Step
  /** How many steps the journal has as done. */
  readonly noted: number
  /** How many steps have happened before. */
  readonly happened: number
  readonly error: unknown
}

interface TakenBack {
  readonly count: number
  /** Undos that failed, as lines for people. */
  readonly left: readonly string[]
}

/** What the plan may touch, as it was: the look afterwards is at the same. */
interface Before {
  readonly scope: SnapshotScope
  readonly snapshot: Snapshot
}

/** The later part of a plan, after steps that take their time and are about nothing that others touch. */
export interface Sequel {
  /** How many steps come before it. */
  readonly after: number
  /** Others have their turns during the last of those steps, which only waits. */
  readonly lend: Lend
  /** Others have their turns during each of them. */
  readonly isAllWaiting?: true
  /** The steps of this part, planned from what the host has become meanwhile. */
  plan(): Promise<readonly Step[]>
}

/** Returns the change's number in the history. Throws what failed, after taking back or carrying on. */
export async function executePlan(app: App, plan: Plan, by: string): Promise<number> {
  const before = await lookBefore(app, plan)
  const entry = await app.journal.begin(plan, by)
  return await conclude(app, plan, entry, before, await performSteps(app, plan, entry))
}

/** The same with a sequel; `plan` is what would be done if nobody else did anything meanwhile. Returns also what was done. */
export async function executeInTwo(
  app: App,
  plan: Plan,
  by: string,
  sequel: Sequel,
): Promise<{ number: number; plan: Plan }> {
  const before = await lookBefore(app, plan)
  const begun = { ...plan, steps: plan.steps.slice(0, sequel.after) }
  const entry = await app.journal.begin(begun, by)
  const failures = await performSteps(app, begun, entry, {
    lend: sequel.lend,
    lentFrom: sequel.isAllWaiting === true ? 0 : sequel.after - 1,
  })
  if (failures.length > 0) return { number: await conclude(app, begun, entry, before, failures), plan: begun }

  const { whole, failure } = await continuePlan(begun, plan, entry, sequel)
  const later =
    failure === undefined ? await performSteps(app, whole, entry, { from: sequel.after }) : [failure]
  return { number: await conclude(app, whole, entry, before, later), plan: whole }
}

/** What keeps it from being planned is told as the failure of what was to come next. */
async function continuePlan(
  begun: Plan,
  foreseen: Plan,
  entry: JournalEntry,
  sequel: Sequel,
): Promise<{ whole: Plan; failure?: Failure }> {
  try {
    const rest = await sequel.plan()
    await entry.extend(rest)
    return { whole: { ...begun, steps: [...begun.steps, ...rest] } }
  } catch (error) {
    const step = foreseen.steps[sequel.after]
    if (step === undefined) throw error
    return { whole: begun, failure: { step, noted: sequel.after, happened: sequel.after, error } }
  }
}

/** Carries it out, and takes it back when the work is over, however it ends: also by the next weftd, where this one dies meanwhile. */
export async function executeWhile<T>(app: App, plan: Plan, by: string, work: () => Promise<T>): Promise<T> {
  const before = await lookBefore(app, plan)
  const entry = await app.journal.begin(plan, by)
  const failures = await performSteps(app, plan, entry)
  if (failures.length > 0) await conclude(app, plan, entry, before, failures)
  try {
    return await work()
  } finally {
    await undoSteps(app, plan.steps)
    await close(app, plan, entry, 'taken-back', before)
  }
}

async function conclude(
  app: App,
  plan: Plan,
  entry: JournalEntry,
  before: Before,
  failures: readonly Failure[],
): Promise<number> {
  const first = failures[0]
  if (first === undefined) {
    await close(app, plan, entry, 'done', before)
    return entry.number
  }
  if (!isTakenBack(plan, first.noted)) {
    await close(app, plan, entry, 'failed', before)
    throw stopError(plan, failures)
  }
  const takenBack = await takeBack(app, plan, first)
  await close(app, plan, entry, 'taken-back', before)
  throw startError(plan, first, takenBack)
}

async function lookBefore(app: App, plan: Plan): Promise<Before> {
  const scope = scopeOf(plan)
  return { scope, snapshot: await app.host.snapshot(scope) }
}

/** From the step `from` on; with `lend`, others have their turns during each from `lentFrom` on. */
async function performSteps(
  app: App,
  plan: Plan,
  entry: JournalEntry,
  {
    from = 0,
    lend,
    lentFrom = 0,
  }: { readonly from?: number; readonly lend?: Lend; readonly lentFrom?: number } = {},
): Promise<Failure[]> {
  const failures: Failure[] = []
  for (const [index, step] of plan.steps.entries()) {
    if (index < from) continue
    let happened = index
    const perform = (): Promise<void> => performStep(app, step)
    try {
      await (lend !== undefined && index >= lentFrom ? lend(perform) : perform())
      happened += 1
      await entry.stepDone(index)
    } catch (error) {
      failures.push({ step, noted: index, happened, error })
      if (isTakenBack(plan, index)) break
    }
  }
  return failures
}

/** The log is a shell history: the command, then its reason and duration. */
async function performStep(app: App, step: Step): Promise<void> {
  const from = app.chance.now().getTime()
  await app.host.perform(step.do)
  const ms = app.chance.now().getTime() - from
  app.log?.(`${renderHeadline(step.do)}  # ${step.reason} (${ms} ms)`)
}

/**
 * In reverse order. The failed step did not happen, unless it ran out of time: then nobody knows, and its undo, harmless
 * when there is nothing to undo, makes sure.
 */
async function takeBack(app: App, plan: Plan, failure: Failure): Promise<TakenBack> {
  const { undo } = failure.step
  if (codeOf(failure.error) === 'timeout' && undo.kind !== 'none') {
    await app.host.perform(undo).catch(() => undefined)
  }
  return undoSteps(app, plan.steps.slice(0, failure.happened))
}

async function undoSteps(app: App, steps: readonly Step[]): Promise<TakenBack> {
  const left: string[] = []
  let count = 0
  for (const step of steps.toReversed()) {
    try {
      if (step.undo.kind !== 'none') await app.host.perform(step.undo)
      count += 1
    } catch (error) {
      left.push(`${step.undo.kind === 'none' ? '' : renderHeadline(step.undo)}: ${messageOf(error)}`)
    }
  }
  for (const line of left) app.log?.(`could not take back: ${line}`)
  return { count, left }
}

async function close(
  app: App,
  plan: Plan,
  entry: JournalEntry,
  outcome: Outcome,
  before: Before,
): Promise<void> {
  const narrowed = narrowSnapshots(before.snapshot, await app.host.snapshot(before.scope))
  await entry.finish(outcome, narrowed.before, narrowed.after)
  app.events.emit({ kind: 'change', number: entry.number, title: plan.title, outcome })
}

function startError(plan: Plan, failure: Failure, takenBack: TakenBack): WeftError {
  const undone: [string, string] = ['undone', `${takenBack.count} of ${failure.happened} earlier steps`]
  const left = takenBack.left.map((line): [string, string] => ['left', line])
  return planError(plan, failure, [undone, ...left])
}

function stopError(plan: Plan, failures: readonly Failure[]): WeftError {
  const [first, ...others] = failures
  if (first === undefined) throw new WeftError('internal', `'${plan.title}' failed without a failure`)
  const more = others.flatMap((failure) => detailsOf(failure))
  const done = `${plan.steps.length - failures.length} of ${plan.steps.length} steps`
  return planError(plan, first, [...more, ['done', done]])
}

function planError(plan: Plan, failure: Failure, more: readonly (readonly [string, string])[]): WeftError {
  const { error } = failure
  const hint = error instanceof WeftError ? error.hint : undefined
  return new WeftError(codeOf(error), `could not ${plan.title}`, {
    details: [...detailsOf(failure), ...more],
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  })
}

/** `while`, `ran`, `it said`; what the rim said about the command comes as it is. */
function detailsOf({ step, error }: Failure): (readonly [string, string])[] {
  const said = error instanceof WeftError ? error.details : []
  const ran = said.some(([label]) => label === 'ran') ? [] : [['ran', renderHeadline(step.do)] as const]
  const why = said.some(([label]) => label === 'it said') ? [] : [['it said', messageOf(error)] as const]
  return [['while', step.reason], ...ran, ...said, ...why]
}

/** Codes that tell the caller more than "a step failed" are passed on. */
function codeOf(error: unknown): ErrorCode {
  const telling: readonly ErrorCode[] = [
    'missing-program',
    'no-space',
    'not-permitted',
    'timeout',
    'unsupported',
  ]
  return error instanceof WeftError && telling.includes(error.code) ? error.code : 'command-failed'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
