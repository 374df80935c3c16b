/** Machines: start, kill. Each use case reads as find, refuse, look, plan, execute, report. */
import { WeftError } from '../core/errors.ts'
import { accelerationFor } from '../core/vm/context.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import { startPlan } from '../core/plan/plan.ts'
import { networksOf } from '../core/vm/nics.ts'
import { planVmRestore } from '../core/vm/plan-save.ts'
import { planVmStart } from '../core/vm/plan-start.ts'
import type { SeenVm } from '../core/vm/seen.ts'
import { withSlots } from '../core/vm/slots.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { HOST_QUEUE } from './find-network.ts'
import { keepAddresses } from './keep-addresses.ts'
import { lookAtNetworks } from './live-network.ts'
import { nicAddressing } from './nic-addressing.ts'
import type { App } from './ports.ts'
import { refuseWithoutLimits } from './refuse-queue.ts'
import { refuseChangedDisks, savedAcceleration, savedContext, savedSpec } from './restore-vm.ts'
import { planNvram } from './vm-firmware.ts'
import { planEnd, readLastWords, reportEnd, seenVm, tidyUp } from './vm-ends.ts'
import { chooseTaps, limitsOfNics, nicSteps, refuseInactiveNetworks } from './vm-nics.ts'
import { getState, getVm } from './vm-state.ts'

/** One that is saved goes on where it stood still. */
export function startVm(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'started' | 'restored' | 'already-running'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const defined = getVm(app, name)
    const saved = app.saves.find(name)
    const seen = seenVm(app, name)
    if (seen.isRunning && saved === undefined) return runsAlready(app, name, request)
    if (seen.hasRunDirectory && !request.dryRun)
      await tidyUp(app, name, request.by, { cause: 'unknown', because: 'it had ended before' })
    if (saved !== undefined) await refuseChangedDisks(app, saved)
    const spec = withSlots(saved === undefined ? defined : savedSpec(app, saved))
    const host = await lookAtNetworks(app, networksOf(spec))
    refuseInactiveNetworks(app, spec, host)
    await refuseVmProblems(app, spec, `machine '${name}', as it is defined,`)
    await refuseWithoutLimits(app, limitsOfNics(app, spec, host))
    const could = await app.host.acceleration()
    const acceleration = saved === undefined ? accelerationFor(spec, could) : savedAcceleration(saved, could)
    const ends = chooseTaps(app, spec, host)
    const addressing = nicAddressing(app, spec, host)
    const before = saved === undefined ? {} : savedContext(saved)
    const context = { facts: app.facts, acceleration, addressing, ...ends, ...before }
    const keeping = keepAddresses(app, spec, host)

    const nics = nicSteps(app, spec, ends, keeping.seen)
    const start = planVmStart(spec, notRunning(seen), context, {
      ...nics,
      before: [...(await planNvram(app, spec)), ...keeping.steps, ...nics.before],
    })
    const plan = saved === undefined ? start : planVmRestore(saved, app.saves.file(name), start, app.facts)
    const result = saved === undefined ? 'started' : 'restored'
    const notes = [...keeping.notes, `accelerated by ${acceleration.kind}: ${acceleration.because}`]
    const changed = await carryOut(app, request, plan, result, notes).finally(() => app.saves.refresh(name))
    if (request.dryRun) return changed
    app.restarts.callOff(name)
    app.restarts.expectNothing(name)
    await adoptStarted(app, name, request.by)
    app.events.emit({ kind: 'vm', name, what: result })
    return changed
  })
}

/** With --dry-run, what has been left behind is there still. */
const notRunning = (seen: SeenVm): SeenVm => ({ ...seen, isRunning: false })

/** One that is paused is not what somebody who types `start` wants. */
function runsAlready(app: App, name: string, request: ChangeRequest): Promise<Changed<'already-running'>> {
  const { state } = getState(app, name)
  if (state !== 'running') refuseUnlessAllowed('start', name, state)
  return carryOut(app, request, startPlan(`start machine '${name}'`, []), 'already-running')
}

/** A QEMU that does not live long enough to be spoken to leaves nothing behind either. */
async function adoptStarted(app: App, name: string, by: string): Promise<void> {
  try {
    await app.machines.adopt(name)
  } catch (error) {
    const said = await readLastWords(app, name)
    await tidyUp(app, name, by, { cause: 'crash', because: 'it ended right after its start' })
    throw said === undefined ? error : endedAtOnce(name, said, error)
  }
}

function endedAtOnce(name: string, said: string, cause: unknown): WeftError {
  const message = `machine '${name}' has ended right after its start`
  return new WeftError('command-failed', message, { details: [['it said', said]], cause })
}

/** Pulls the plug. */
export function killVm(app: App, name: string, request: ChangeRequest): Promise<Changed<'killed'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    refuseUnlessAllowed('kill', name, getState(app, name).state)
    const changed = await carryOut(app, request, await planEnd(app, name), 'killed')
    if (!request.dryRun) await reportEnd(app, name, `killed by ${request.by}`)
    return changed
  })
}
