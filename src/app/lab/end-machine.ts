/** Ends a machine as a part of a larger change, with a way back: it is started again as it ran. What its guest had in memory is gone either way. */
import { run } from '../../core/plan/action.ts'
import { noUndo, startPlan, type Step } from '../../core/plan/plan.ts'
import { executePlan } from '../execute-plan.ts'
import type { App } from '../ports.ts'
import { planEnd, reportEnd } from '../vm-ends.ts'
import { readLive } from '../vm-state.ts'
import { startAgainSteps } from '../vms.ts'

export async function endMachine(app: App, name: string, by: string): Promise<void> {
  const live = await readLive(app, name)
  const back = live === undefined ? [] : (await startAgainSteps(app, live)).reverse().map(onlyBack)
  const end = (await planEnd(app, name)).steps.map(withoutLoss)
  await executePlan(app, startPlan(`stop machine '${name}'`, [...back, ...end]), by)
  app.restarts.callOff(name)
  await reportEnd(app, name, `stopped by ${by}`)
}

/** Nothing is done for it on the way there. */
const onlyBack = (step: Step): Step => ({
  reason: `should this be taken back: ${step.reason}`,
  do: run('true'),
  undo: step.do,
})

const withoutLoss = (step: Step): Step =>
  step.undo.kind === 'none' && step.undo.isLoss === true
    ? { ...step, undo: noUndo('its guest is started again') }
    : step
