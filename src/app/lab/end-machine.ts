/** Ends a machine as a part of a larger change, with a way back: it is started again as it ran. What its guest had in memory is gone either way. */
import { run } from '../../core/plan/action.ts'
import { vmFiles } from '../../core/vm/context.ts'
import { noUndo, startPlan, type Step } from '../../core/plan/plan.ts'
import { executePlan } from '../execute-plan.ts'
import type { App } from '../ports.ts'
import { planEnd, reportEnd } from '../vm-ends.ts'
import { readLive } from '../vm-state.ts'
import { startAgainSteps } from '../vms.ts'

export async function endMachine(app: App, name: string, by: string): Promise<void> {
  const live = await readLive(app, name)
  const back =
    live === undefined
      ? []
      : [...(await startAgainSteps(app, live)).reverse().map(onlyBack), clearWay(app, name)]
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

/** The pipe of a QEMU that has gone is in the way of the next; while one runs, which has a pid file, another cannot begin. */
function clearWay(app: App, name: string): Step {
  const { pid, log } = vmFiles(app.facts.paths, name)
  return {
    reason: `should this be taken back: nothing of the QEMU that was is in the way of ${name}`,
    do: run('true'),
    undo: run('sh', '-c', '[ -e "$1" ] || rm -f "$2"', 'clear', pid, `${log}.pipe`),
  }
}

const GONE_MS = 5000

/** Of what it holds nothing could be opened a second time: QEMU's end is waited for. The start brings back what is lost with it. */
const withoutLoss = (step: Step): Step => ({
  ...step,
  do: step.do.kind === 'signal' ? { ...step.do, waitMs: GONE_MS } : step.do,
  undo: step.undo.kind === 'none' ? noUndo('its machine is started again') : step.undo,
})
