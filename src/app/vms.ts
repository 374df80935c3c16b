/** Machines: start, stop, kill, delete. Each use case reads as find, refuse, look, plan, execute, report. */
import { WeftError } from '../core/errors.ts'
import type { SeenHost } from '../core/network/seen.ts'
import type { Plan } from '../core/plan/plan.ts'
import { accelerationFor, vmFiles } from '../core/vm/context.ts'
import { forgetNvramSteps } from '../core/vm/firmware.ts'
import { refuseUnlessAllowed, vmState } from '../core/vm/lifecycle.ts'
import { networksOf } from '../core/vm/nics.ts'
import { planVmStart } from '../core/vm/plan-start.ts'
import { planVmPowerdown, planVmStop } from '../core/vm/plan-stop.ts'
import { withSlots } from '../core/vm/slots.ts'
import type { SeenVm } from '../core/vm/seen.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { planForget } from './definitions.ts'
import { HOST_QUEUE } from './find-network.ts'
import { freeSteps, giveUpAddresses, keepAddresses } from './keep-addresses.ts'
import { lookAtNetworks } from './live-network.ts'
import { nicAddressing } from './nic-addressing.ts'
import type { App } from './ports.ts'
import { refuseWithoutLimits } from './refuse-queue.ts'
import { planNvram } from './vm-firmware.ts'
import { chooseTaps, limitsOfNics, nicSteps, refuseInactiveNetworks, unplugNicSteps } from './vm-nics.ts'
import { getVm, readLive } from './vm-state.ts'

/** How long a guest has for shutting itself down. */
const STOP_LIMIT_MS = 60_000

export function startVm(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'started' | 'already-running'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const spec = withSlots(getVm(app, name))
    const seen = seenVm(app, name)
    if (!seen.isRunning && seen.hasRunDirectory && !request.dryRun) await tidyUp(app, name, request.by)
    const host = await lookAtNetworks(app, networksOf(spec))
    if (!seen.isRunning) {
      refuseInactiveNetworks(app, spec, host)
      await refuseVmProblems(app, spec, `machine '${name}', as it is defined,`)
      await refuseWithoutLimits(app, limitsOfNics(app, spec, host))
    }
    const acceleration = accelerationFor(spec, await app.host.acceleration())
    const ends = chooseTaps(app, spec, host)
    const addressing = nicAddressing(app, spec, host)
    const context = { facts: app.facts, acceleration, addressing, ...ends }
    const keeping = keepAddresses(app, spec, host)

    const nics = nicSteps(app, spec, ends, keeping.seen)
    const plan = planVmStart(spec, seen, context, {
      ...nics,
      before: [...(await planNvram(app, spec)), ...keeping.steps, ...nics.before],
    })
    if (seen.isRunning) return carryOut(app, request, plan, 'already-running')
    const changed = await carryOut(app, request, plan, 'started', [
      ...keeping.notes,
      `accelerated by ${acceleration.kind}: ${acceleration.because}`,
    ])
    if (!request.dryRun) {
      await adoptStarted(app, name, request.by)
      app.events.emit({ kind: 'vm', name, what: 'started' })
    }
    return changed
  })
}

/** A QEMU that does not live long enough to be spoken to leaves nothing behind either. */
async function adoptStarted(app: App, name: string, by: string): Promise<void> {
  try {
    await app.machines.adopt(name)
  } catch (error) {
    const said = await readLastWords(app, name)
    await tidyUp(app, name, by)
    throw said === undefined ? error : endedAtOnce(name, said, error)
  }
}

function endedAtOnce(name: string, said: string, cause: unknown): WeftError {
  const message = `machine '${name}' has ended right after its start`
  return new WeftError('command-failed', message, { details: [['it said', said]], cause })
}

/** Asks the guest to shut down and waits until it has; a guest that does not answer is left running. */
export async function stopVm(
  app: App,
  name: string,
  request: ChangeRequest & { readonly limitMs?: number },
): Promise<Changed<'stopped'>> {
  refuseUnlessAllowed('stop', name, vmState(isThere(app, name)))
  const plan = planVmPowerdown(name, app.facts)
  const changed = await app.queue.run(HOST_QUEUE, () => carryOut(app, request, plan, 'stopped'))
  if (request.dryRun) return changed
  const limitMs = request.limitMs ?? STOP_LIMIT_MS
  if (!(await app.machines.gone(name, limitMs))) {
    const message = `machine '${name}' was asked to shut down and still runs after ${String(limitMs / 1000)} s`
    throw new WeftError('timeout', message, {
      hint: `look at its console: weft vm console ${name}, or pull its plug: weft vm kill ${name}`,
    })
  }
  await afterEnd(app, name)
  return changed
}

/** Pulls the plug. */
export function killVm(app: App, name: string, request: ChangeRequest): Promise<Changed<'killed'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    refuseUnlessAllowed('kill', name, vmState(isThere(app, name)))
    const changed = await carryOut(app, request, await planEnd(app, name), 'killed')
    if (!request.dryRun) await reportEnd(app, name)
    return changed
  })
}

/** Forgets the definition; the disks stay. A running machine is refused, or killed when forced. */
export function deleteVm(
  app: App,
  name: string,
  request: ChangeRequest & { readonly force?: boolean },
): Promise<Changed<'deleted'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const spec = getVm(app, name)
    const isRunning = app.machines.isRunning(name)
    if (request.force !== true) refuseUnlessAllowed('delete', name, vmState(isRunning))
    const keeping = giveUpAddresses(app, spec, await lookAtNetworks(app, networksOf(spec)))
    const end = await planEnd(app, name, keeping.seen)
    const free = end.steps.length === 0 ? freeSteps(app, spec, keeping.seen) : []
    const forget = await planForget(app, app.vms, spec, `delete machine '${name}'`)

    const plan = {
      ...forget,
      steps: [...keeping.steps, ...end.steps, ...free, ...forget.steps, ...forgetNvramSteps(spec, app.facts)],
    }
    const kept = spec.disks.map(({ path }) => `its disk is kept: ${path}`)
    const changed = await carryOut(app, request, plan, 'deleted', kept)
    if (request.dryRun) return changed
    if (isRunning) await reportEnd(app, name)
    await app.vms.refresh(name)
    app.events.emit({ kind: 'vm', name, what: 'deleted' })
    return changed
  })
}

/**
 * After a guest has ended by itself: its TAPs, notes and run directory go. Whoever was told of the death calls this; when
 * somebody else has tidied up already there is nothing to do.
 */
export function afterEnd(app: App, name: string): Promise<void> {
  return app.queue.run(HOST_QUEUE, async () => {
    if (app.machines.isRunning(name) || !seenVm(app, name).hasRunDirectory) return
    await tidyUp(app, name, 'weftd')
  })
}

/** Machines that died while weftd was away. */
export async function tidyUpAll(app: App): Promise<void> {
  for (const name of app.machines.leftBehind()) await afterEnd(app, name)
}

async function tidyUp(app: App, name: string, by: string): Promise<void> {
  const said = await readLastWords(app, name)
  if (said !== undefined) app.log?.(`machine '${name}' has ended; the last that QEMU said was '${said}'`)
  const plan = await planEnd(app, name, undefined, said)
  await carryOut(app, { by, dryRun: false }, plan, 'stopped')
  app.events.emit({ kind: 'vm', name, what: 'stopped' })
}

/** By the note of what it was started with: the definition may say something else by now. */
async function planEnd(app: App, name: string, look?: SeenHost, lastWords?: string): Promise<Plan> {
  const live = await readLive(app, name)
  const spec = live?.spec ?? app.vms.find(name)
  const host = look ?? (await lookAtNetworks(app, spec === undefined ? [] : networksOf(spec)))
  const seen = {
    ...seenVm(app, name),
    ...(live?.group === undefined ? {} : { group: live.group }),
    ...(lastWords === undefined ? {} : { lastWords }),
  }
  return planVmStop(name, seen, app.facts, unplugNicSteps(app, name, spec, host))
}

/** Its last lines: what came before is seldom why it ended. */
async function readLastWords(app: App, name: string): Promise<string | undefined> {
  const log = await app.host.readTextFile(vmFiles(app.facts.paths, name).log)
  const said = log?.trim().split('\n').slice(-3).join('\n').slice(-500)
  return said === '' ? undefined : said
}

/** The monitor's end is told a moment after the process' end. */
async function reportEnd(app: App, name: string): Promise<void> {
  await app.machines.gone(name, 1000)
  app.events.emit({ kind: 'vm', name, what: 'stopped' })
}

function seenVm(app: App, name: string): SeenVm {
  const isRunning = app.machines.isRunning(name)
  return { isRunning, hasRunDirectory: isRunning || app.machines.leftBehind().includes(name) }
}

/** A machine without a definition can still run: it may have been deleted by hand. */
function isThere(app: App, name: string): boolean {
  const isRunning = app.machines.isRunning(name)
  if (!isRunning) getVm(app, name)
  return isRunning
}
