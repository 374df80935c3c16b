/** Machines held, let go, and begun anew, without ending their QEMU. */
import { WeftError } from '../core/errors.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import { planVmPause, planVmReset, planVmResume } from '../core/vm/plan-pause.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { inTurnOf } from './vm-turn.ts'
import type { App } from './ports.ts'
import { getState } from './vm-state.ts'

const SECOND_FAILURE_MS = 500

export function pauseVm(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'paused' | 'already-paused'>> {
  return inTurnOf(app, name, async () => {
    const { state } = getState(app, name)
    if (state === 'paused')
      return carryOut(app, request, { ...planVmPause(name, app.facts), steps: [] }, 'already-paused')
    refuseUnlessAllowed('pause', name, state)
    const changed = await carryOut(app, request, planVmPause(name, app.facts), 'paused')
    if (!request.dryRun) await app.machines.look(name)
    return changed
  })
}

export function resumeVm(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'resumed' | 'already-running'>> {
  return inTurnOf(app, name, async () => {
    const { state, because } = getState(app, name)
    const status = app.machines.state(name)?.status ?? ''
    const plan = planVmResume(name, status, app.facts)
    if (state === 'running') return carryOut(app, request, { ...plan, steps: [] }, 'already-running')
    refuseUnlessAllowed('resume', name, state)
    if (status === 'shutdown') throw poweredOff(name)
    const changed = await carryOut(app, request, plan, 'resumed')
    if (request.dryRun) return changed
    await app.machines.look(name)
    if (status === 'io-error') await refuseFailedAgain(app, name, because)
    return changed
  })
}

/** The write that failed is tried again, and most often fails again at once; who is slower is told of by its event. */
async function refuseFailedAgain(app: App, name: string, before: string | undefined): Promise<void> {
  if (!(await app.machines.reaches(name, 'io-error', SECOND_FAILURE_MS))) return
  const { because = before } = getState(app, name)
  throw new WeftError(
    'wrong-state',
    `machine '${name}' stands still again: ${because ?? 'QEMU does not say why'}`,
    {
      hint: `make room (df -h), then weft vm resume ${name}`,
    },
  )
}

function poweredOff(name: string): WeftError {
  const message = `cannot resume machine '${name}': its guest has powered itself off, and is kept for a look at it`
  return new WeftError('wrong-state', message, { hint: `weft vm reset ${name}, or weft vm kill ${name}` })
}

export function resetVm(app: App, name: string, request: ChangeRequest): Promise<Changed<'reset'>> {
  return inTurnOf(app, name, async () => {
    const { state } = getState(app, name)
    refuseUnlessAllowed('reset', name, state)
    const changed = await carryOut(app, request, planVmReset(name, state === 'running', app.facts), 'reset')
    if (!request.dryRun) await app.machines.look(name)
    return changed
  })
}
