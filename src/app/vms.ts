/** Machines: start, kill. Each use case reads as find, refuse, look, plan, execute, report. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import { WeftError } from '../core/errors.ts'
import { networkPortFile } from '../core/host/paths.ts'
import type { LiveVm, VmContext } from '../core/vm/context.ts'
import { clockNotes } from '../core/vm/guest-clock.ts'
import type { SeenHost } from '../core/network/seen.ts'
import { lendSteps } from '../core/host/lend-device.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import { startPlan, type Plan, type Step } from '../core/plan/plan.ts'
import { networksOf } from '../core/vm/nics.ts'
import { planUnpacked, planVmRestore } from '../core/vm/plan-save.ts'
import { joinSteps, loadSteps } from '../core/vm/plan-start.ts'
import { saveFiles, type DiskStamp, type SavedVm } from '../core/vm/saved.ts'
import { shareSteps } from '../core/vm/shares.ts'
import { withSlots } from '../core/vm/slots.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { carryOut, carryOutInTwo, type Changed, type ChangeRequest } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { machineStartHooks, portHooks, type MachineStartHooks } from './hooks.ts'
import { forgetTransient } from './forget-transient.ts'
import { lookAtAcceleration } from './guest-acceleration.ts'
import { inTurnOf } from './vm-turn.ts'
import { keepAddresses } from './keep-addresses.ts'
import { virtiofsdFor } from './look-at-hardware.ts'
import { lendingFor, type Lending } from './lend-devices.ts'
import { lookAtNetworks } from './live-network.ts'
import { nicAddressing } from './nic-addressing.ts'
import type { App } from './ports.ts'
import { publishedSteps } from './published-steps.ts'
import type { Lend } from './queue.ts'
import { refuseWithoutLimits } from './refuse-queue.ts'
import { refuseChangedDisks, savedAcceleration, savedContext, savedSpec } from './restore-vm.ts'
import { planNvram } from './vm-firmware.ts'
import { planTpm } from './vm-tpm.ts'
import { planEnd, readLastWords, reportEnd, seenVm, tidyUp } from './vm-ends.ts'
import {
  chooseTaps,
  limitsOfNics,
  nicSteps,
  pluggedNics,
  refuseInactiveNetworks,
  type NicEnds,
} from './vm-nics.ts'
import { getState, getVm } from './vm-state.ts'

export interface StartRequest extends ChangeRequest {
  /** It stands still until somebody resumes it; of a machine that is saved nothing but that it goes on can be asked. */
  readonly paused?: boolean
}

/** One that is saved goes on where it stood still. */
export function startVm(app: App, name: string, request: StartRequest): Promise<Changed<Started>> {
  return inTurnOf(app, name, (lend) => startInTurn(app, name, request, lend))
}

/** Why a machine has been restored that nobody had saved. */
export const FROM_SNAPSHOT = 'from a snapshot'

type Started = 'started' | 'restored' | 'already-running'

/** A saved machine whose memory does not lie where weft keeps it: `unpack` brings it there. */
export interface Unpacked {
  readonly saved: SavedVm
  readonly stamps: readonly DiskStamp[]
  readonly unpack: readonly Step[]
}

/** One that is defined, does not run, and has no saved memory of its own. */
export function startFrom(app: App, from: Unpacked, request: ChangeRequest): Promise<Changed<Started>> {
  const { name } = from.saved
  return inTurnOf(app, name, (lend) => startInTurn(app, name, request, lend, from))
}

async function startInTurn(
  app: App,
  name: string,
  request: StartRequest,
  lend: Lend,
  from?: Unpacked,
): Promise<Changed<Started>> {
  const defined = getVm(app, name)
  const saved = from?.saved ?? app.saves.find(name)
  const seen = seenVm(app, name)
  if (seen.isRunning && saved === undefined) return runsAlready(app, name, request)
  if (seen.hasRunDirectory && !request.dryRun)
    await tidyUp(app, name, request.by, { cause: 'unknown', because: 'it had ended before' })
  if (saved !== undefined) await refuseChangedDisks(app, saved, from?.stamps)
  const spec = withSlots(saved === undefined ? defined : savedSpec(app, saved))
  const host = await lookAtNetworks(app, networksOf(spec))
  refuseInactiveNetworks(app, spec, host)
  await refuseVmProblems(app, spec, `machine '${name}', as it is defined,`)
  await refuseWithoutLimits(app, limitsOfNics(app, spec, host))
  const acceleration =
    saved === undefined
      ? await lookAtAcceleration(app, spec)
      : savedAcceleration(saved, await app.host.acceleration())
  const ends = chooseTaps(app, spec, host)
  const addressing = nicAddressing(app, spec, host)
  const before = saved === undefined ? {} : savedContext(saved)
  const served = await virtiofsdFor(app, spec)
  const lending = await lendingFor(app, spec)
  const staysPaused = request.paused === true && saved === undefined
  const known = { facts: app.facts, acceleration, addressing, staysPaused }
  const context = { ...known, ...ends, ...served, ...before, ...lending }

  const asked = await machineStartHooks(app, { spec, ...context }, saved !== undefined)
  const load = await planLoad(app, spec, context, host, asked)
  const join = await planJoin(app, spec, context, host)
  const plan = startPlan(`start machine '${name}'`, [...load, ...join.steps])
  const notes = [
    ...join.notes,
    `accelerated by ${acceleration.kind}: ${acceleration.because}`,
    ...clockNotes(spec, acceleration),
  ]
  const sequel = {
    after: load.length,
    lend,
    plan: async () => [...(await planJoinNow(app, spec, context)), ...asked.started],
  }
  const changed =
    saved === undefined
      ? await carryOutInTwo(app, request, { plan: withMore(plan, asked.started), sequel }, 'started', notes)
      : await restore(app, saved, { plan, started: asked.started, from }, request, notes)
  if (request.dryRun) return changed
  app.restarts.callOff(name)
  app.restarts.expectNothing(name)
  await adoptStarted(app, name, request.by)
  const because = saved?.tag === undefined ? {} : { because: FROM_SNAPSHOT }
  app.events.emit({ kind: 'vm', name, what: changed.result, ...because })
  return changed
}

async function restore(
  app: App,
  saved: SavedVm,
  { plan, started, from }: Restoring,
  request: ChangeRequest,
  notes: readonly string[],
): Promise<Changed<'restored'>> {
  const { name } = saved
  const hasUring = from === undefined && (await app.images.hasUring(saveFiles(app.facts.paths, name).memory))
  const restoring = planVmRestore(saved, app.saves.file(name), plan, { facts: app.facts, hasUring })
  const whole = withMore(from === undefined ? restoring : planUnpacked(restoring, from.unpack), started)
  return await carryOut(app, request, whole, 'restored', notes).finally(() => app.saves.refresh(name))
}

interface Restoring {
  readonly plan: Plan
  readonly started: readonly Step[]
  readonly from: Unpacked | undefined
}

type StartContext = VmContext & NicEnds & Partial<Lending>

const withMore = (plan: Plan, steps: readonly Step[]): Plan => ({ ...plan, steps: [...plan.steps, ...steps] })

async function planLoad(
  app: App,
  spec: VmSpec,
  context: StartContext,
  host: SeenHost,
  asked: MachineStartHooks,
): Promise<Step[]> {
  // A filter wants the address, which may be chosen only now.
  const { before } = nicSteps(app, spec, context, keepAddresses(app, spec, host).seen)
  const load = loadSteps(spec, context, {
    before: [
      ...(await planNvram(app, spec)),
      ...(await planTpm(app, spec)),
      ...shareSteps(spec, context),
      ...lendSteps(context.lent ?? [], { facts: app.facts, vfio: context.vfio ?? 'missing' }),
      ...before,
      ...asked.start,
    ],
  })
  return [...asked.prepare, ...load]
}

async function planJoin(app: App, spec: VmSpec, context: StartContext, host: SeenHost): Promise<Joining> {
  const keeping = keepAddresses(app, spec, host)
  const nics = nicSteps(app, spec, context, keeping.seen)
  const { created } = await portHooks(app, pluggedNics(app, spec, keeping.seen))
  // An address that no longer fitted has been chosen anew.
  const publishing = publishedSteps(app, keeping.seen, {}, networksOf(spec))
  const steps = [
    ...keeping.steps,
    ...publishing,
    ...joinSteps(spec, context, { ...nics, serve: [...created, ...nics.serve] }),
  ]
  return { steps, notes: keeping.notes }
}

interface Joining {
  readonly steps: readonly Step[]
  readonly notes: readonly string[]
}

/** Others have had their turns since: its networks are looked at once more, and it may have been deleted. */
async function planJoinNow(app: App, spec: VmSpec, context: StartContext): Promise<readonly Step[]> {
  getVm(app, spec.name)
  const now = await lookAtNetworks(app, networksOf(spec))
  refuseInactiveNetworks(app, spec, now)
  return (await planJoin(app, spec, context, now)).steps
}

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
  return inTurnOf(app, name, async () => {
    refuseUnlessAllowed('kill', name, getState(app, name).state)
    const changed = await carryOut(app, request, await planEnd(app, name), 'killed')
    if (request.dryRun) return changed
    await reportEnd(app, name, `killed by ${request.by}`)
    await forgetTransient(app, name)
    return changed
  })
}

/** How a machine that runs would be started again as it runs now, on TAPs of the same names: the way back of what ends it. */
export async function startAgainSteps(app: App, live: LiveVm): Promise<Step[]> {
  const { spec, taps, acceleration, mtus, macvtaps = [] } = live
  const now = await lookAtNetworks(app, networksOf(spec))
  const host = withoutPorts(app, now, spec, taps)
  const devices = macvtaps.flatMap(
    (name) => now.links.find((link) => link.name === name)?.sitsOn?.device ?? [],
  )
  const addressing = nicAddressing(app, spec, host)
  const served = await virtiofsdFor(app, spec)
  const lending = await lendingFor(app, spec)
  const ends = { taps, macvtaps, devices, mtus: mtus ?? taps.map(() => undefined) }
  const context = { facts: app.facts, acceleration, addressing, ...ends, ...served, ...lending }
  const asked = await machineStartHooks(app, live, false)
  const load = await planLoad(app, spec, context, host, asked)
  return [...load, ...(await planJoin(app, spec, context, host)).steps, ...asked.started]
}

/** The host as it is once nothing of them is plugged in. */
function withoutPorts(app: App, seen: SeenHost, spec: VmSpec, taps: readonly InterfaceName[]): SeenHost {
  const own = new Set<string>(taps)
  const notes = new Set(
    networksOf(spec).flatMap((network) => taps.map((tap) => networkPortFile(app.facts.paths, network, tap))),
  )
  return {
    ...seen,
    links: seen.links.filter(({ name }) => !own.has(name)),
    files: new Map([...seen.files].filter(([path]) => !notes.has(path))),
  }
}
