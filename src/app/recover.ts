/** After a crash: takes unfinished starts back and carries unfinished stops to their end. There is no other recovery code. */
import type { Action } from '../core/plan/action.ts'
import { renderHeadline } from '../core/plan/render.ts'
import { isTakenBack } from '../core/plan/plan.ts'
import type { App, UnfinishedPlan } from './ports.ts'

/**
 * Returns sentences for the log: what was taken back or finished, and what could not be. The step in flight may or may not have
 * happened, so its undo may find nothing to undo; such errors are told and passed over.
 */
export async function recover(app: App): Promise<string[]> {
  const said: string[] = []
  // The latest first: it was planned on top of what the others had done so far.
  const unfinished = [...(await app.journal.unfinished())].sort((a, b) => b.number - a.number)
  if (unfinished.length === 0) return []
  const { refreshDefinitions } = await import('./history.ts')
  for (const entry of unfinished) {
    if (isTakenBack(entry.plan, entry.stepsDone)) await takeBack(app, entry, said)
    else await carryOn(app, entry, said)
    await refreshDefinitions(app, entry.plan)
  }
  return said
}

async function takeBack(app: App, entry: UnfinishedPlan, said: string[]): Promise<void> {
  const { plan, stepsDone } = entry
  said.push(`taking back '${plan.title}' (${stepsDone} of ${plan.steps.length} steps were done)`)
  for (const step of plan.steps.slice(0, stepsDone + 1).reverse()) {
    if (step.undo.kind !== 'none') await attempt(app, step.undo, said)
  }
  await entry.close('taken-back')
}

async function carryOn(app: App, entry: UnfinishedPlan, said: string[]): Promise<void> {
  const { plan, stepsDone } = entry
  said.push(`finishing '${plan.title}' (${stepsDone} of ${plan.steps.length} steps were done)`)
  for (const step of plan.steps.slice(stepsDone)) await attempt(app, step.do, said)
  await entry.close('done')
}

async function attempt(app: App, action: Action, said: string[]): Promise<void> {
  try {
    await app.host.perform(action)
  } catch (error) {
    said.push(`${renderHeadline(action)}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
