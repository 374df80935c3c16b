/**
 * Several changes as one: each plans on what those before it have made of the host, and their steps come to one plan in the journal, which is
 * taken back, undone and shown as a whole. Whoever calls this has the host's turn until its end.
 */
import { WeftError } from '../core/errors.ts'
import { lastingPlan, type Plan, type Step } from '../core/plan/plan.ts'
import { renderHeadline } from '../core/plan/render.ts'
import { adoptAgain } from './adopt-again.ts'
import { refreshDefinitions } from './history.ts'
import { NO_SNAPSHOT, type Snapshot } from '../core/host/snapshot.ts'
import type { App, Journal, JournalEntry, Outcome } from './ports.ts'
import { createQueue } from './queue.ts'
import { narrowSnapshots } from './snapshot-diff.ts'

export interface Together {
  /** Null when nothing was changed. */
  readonly number: number | null
  readonly plan: Plan
}

/**
 * `work` is given an App whose changes are parts of the one: they wait for each other, and for nobody else. It ends when all of them have
 * ended.
 */
export async function changeTogether(
  app: App,
  { title, by }: { readonly title: string; readonly by: string },
  work: (part: App) => Promise<void>,
): Promise<Together> {
  const whole = growing(app, title, by)
  const before = await app.host.snapshot()
  try {
    await work(partOf(app, whole.journal))
  } catch (error) {
    const undone = await whole.takeBack()
    await whole.close('taken-back', before)
    throw asWhole(error, title, undone)
  }
  return { number: await whole.close('done', before), plan: whole.plan() }
}

/** Each part looks at what it plans for; the host before and after is compared once, for the whole. */
function partOf(app: App, journal: Journal): App {
  const { events, host } = app
  return {
    ...app,
    journal,
    queue: createQueue(),
    host: { ...host, snapshot: () => Promise.resolve(NO_SNAPSHOT) },
    events: {
      ...events,
      emit: (event) => {
        if (event.kind !== 'change') events.emit(event)
      },
    },
  }
}

interface Growing {
  readonly journal: Journal
  readonly plan: () => Plan
  readonly takeBack: () => Promise<TakenBack>
  readonly close: (outcome: Outcome, before: Snapshot) => Promise<number | null>
}

interface TakenBack {
  readonly count: number
  readonly all: number
  readonly left: readonly string[]
}

/** A step of it, and whether the part that it came with has taken it back already. */
interface Grown {
  readonly step: Step
  isBack: boolean
}

function growing(app: App, title: string, by: string): Growing {
  const empty: Plan = { ...lastingPlan(title, []), isGrown: true }
  const steps: Grown[] = []
  let begun: Promise<JournalEntry> | undefined
  const entry = (): Promise<JournalEntry> => (begun ??= app.journal.begin(empty, by))
  const plan = (): Plan => ({ ...empty, steps: steps.map(({ step }) => step) })

  /** Returns where they are in the whole. */
  const add = async (more: readonly Step[]): Promise<number[]> => {
    const begun = await entry()
    const places = more.map((step) => steps.push({ step, isBack: false }) - 1)
    await begun.extend(more)
    return places
  }
  const beginPart: Journal['begin'] = async (part) => {
    const places = await add(part.steps)
    const whole = await entry()
    return {
      number: whole.number,
      stepDone: (index) => whole.stepDone(places[index] ?? 0),
      extend: async (more) => void places.push(...(await add(more))),
      finish(outcome) {
        for (const [place, grown] of steps.entries())
          if (outcome === 'taken-back' && places.includes(place)) grown.isBack = true
        return Promise.resolve()
      },
    }
  }
  return {
    journal: { ...app.journal, begin: beginPart },
    plan,
    takeBack: () => takeBack(app, steps),
    async close(outcome, before) {
      if (begun === undefined) return null
      const entry = await begun
      const { number } = entry
      const narrowed = narrowSnapshots(before, await app.host.snapshot())
      await entry.finish(outcome, narrowed.before, narrowed.after)
      if (outcome !== 'done') {
        await refreshDefinitions(app, plan())
        await adoptAgain(app, plan())
      }
      app.events.emit({ kind: 'change', number, title, outcome })
      return number
    },
  }
}

async function takeBack(app: App, steps: readonly Grown[]): Promise<TakenBack> {
  const standing = steps.filter(({ isBack }) => !isBack).reverse()
  const left: string[] = []
  for (const { step } of standing) {
    const { undo } = step
    if (undo.kind === 'none') continue
    try {
      await app.host.perform(undo)
    } catch (error) {
      left.push(`${renderHeadline(undo)}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  for (const line of left) app.log?.(`could not take back: ${line}`)
  return { count: standing.length - left.length, all: standing.length, left }
}

/** The refusal or failure of one part, told as that of the whole. */
function asWhole(error: unknown, title: string, { count, all, left }: TakenBack): unknown {
  if (!(error instanceof WeftError)) return error
  const { code, message, hint, details, problems } = error
  return new WeftError(code, `could not ${title}: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    details: [
      ...details.filter(([label]) => label !== 'undone'),
      ['undone', `${String(count)} of ${String(all)} earlier steps`],
      ...left.map((line): [string, string] => ['left', line]),
    ],
    problems,
    cause: error,
  })
}
