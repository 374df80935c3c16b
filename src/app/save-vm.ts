/** Machines whose memory is kept in a file while they do not run: saved, and what was saved given up. */
import { WeftError } from '../core/errors.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import { discardSteps, planVmDiscard, planVmSave, recordText } from '../core/vm/plan-save.ts'
import { nicId } from '../core/vm/qemu-nic.ts'
import { lastSlot } from '../core/vm/qemu-topology.ts'
import type { LiveVm } from '../core/vm/context.ts'
import type { Step } from '../core/plan/plan.ts'
import type { SavedVm } from '../core/vm/saved.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { inTurnOf } from './vm-turn.ts'
import type { App } from './ports.ts'
import { refuseWithoutQemuImg } from './refuse-disk.ts'
import { refuseLent } from './lend-devices.ts'
import { refuseShares } from './refuse-shares.ts'
import { refuseEncrypted } from './refuse-encrypted.ts'
import { refuseTransient } from './forget-transient.ts'
import { refuseWork } from './refuse-job.ts'
import { planEnd, reportEnd } from './vm-ends.ts'
import { refuseTpm } from './vm-tpm.ts'
import { getState, getVm, readLive } from './vm-state.ts'

/** QEMU's words for what can be saved so that it goes on: a guest that sleeps or is off would not. */
const SAVED_FROM: readonly string[] = ['running', 'paused', 'prelaunch', 'io-error']

export function saveVm(app: App, name: string, request: ChangeRequest): Promise<Changed<'saved'>> {
  return inTurnOf(app, name, async () => {
    refuseTransient(getVm(app, name), 'saved')
    const saved = await readyToSave(app, name)
    const record = { path: app.saves.file(name), content: recordText(saved) }
    const plan = planVmSave(saved, record, await planEnd(app, name), app.facts)
    try {
      const changed = await carryOut(app, request, plan, 'saved', [
        `start it again with: weft vm start ${name}`,
      ])
      if (request.dryRun) return changed
      await tellSaved(app, name, request)
      return changed
    } finally {
      await app.saves.refresh(name)
    }
  })
}

/** What would be kept of it. Throws where it could not be saved, or would not come back as it was. */
export async function readyToSave(app: App, name: string): Promise<SavedVm> {
  const { state } = getState(app, name)
  refuseUnlessAllowed('save', name, state)
  const status = app.machines.state(name)?.status ?? ''
  if (!SAVED_FROM.includes(status)) throw notGoingOn(name, status)
  refuseWithoutQemuImg(app)
  const saved: SavedVm = {
    name,
    at: app.chance.now().toISOString(),
    state: state === 'running' ? 'running' : 'paused',
    ...(await lookAtQemu(app, name)),
  }
  refuseTpm(saved.live.spec, 'saved')
  await refuseShares(app, saved.live.spec, 'saved')
  refuseLent(saved.live.spec, 'saved')
  refuseEncrypted(
    saved.live.spec.disks,
    'saved with its machine: what it has in memory would lie on the host as it is',
    `weft vm stop ${name}`,
  )
  refuseWork(
    app,
    name,
    saved.live.spec.disks.map(({ path }) => path),
  )
  return saved
}

export async function tellSaved(app: App, name: string, { by }: ChangeRequest): Promise<void> {
  await reportEnd(app, name, `saved by ${by}`)
  app.events.emit({ kind: 'vm', name, what: 'saved' })
}

/** The next start boots. */
export function discardVm(app: App, name: string, request: ChangeRequest): Promise<Changed<'discarded'>> {
  return inTurnOf(app, name, async () => {
    const { state } = getState(app, name)
    const saved = app.saves.find(name)
    if (saved === undefined || state !== 'saved') throw notSaved(name, state)
    const changed = await carryOut(
      app,
      request,
      planVmDiscard(saved, app.saves.file(name), app.facts),
      'discarded',
    )
    if (request.dryRun) return changed
    await app.saves.refresh(name)
    app.events.emit({
      kind: 'vm',
      name,
      what: 'stopped',
      because: `its memory was given up by ${request.by}`,
    })
    return changed
  })
}

/** With the machine. */
export function forgetSavedSteps(app: App, name: string): Step[] {
  const saved = app.saves.find(name)
  return saved === undefined ? [] : discardSteps(saved, app.saves.file(name), app.facts)
}

/**
 * The versioned machine, how many root ports QEMU has, and which cards have no boot ROM: none of that follows from the note of what was
 * started once devices have come.
 */
export async function lookAtQemu(app: App, name: string): Promise<{ live: LiveVm; machineType: string }> {
  const live = await readLive(app, name)
  if (live === undefined)
    throw new WeftError('unsupported', `it is not known any more what machine '${name}' was started with`, {
      hint: `weft vm stop ${name}, then weft vm start ${name}`,
    })
  const type = String(await app.machines.ask(name, 'qom-get', { path: '/machine', property: 'type' }))
  const devices = (await app.machines.ask(name, 'qom-list', { path: '/machine/peripheral' })) as readonly {
    readonly name: string
  }[]
  const ports = devices.flatMap(({ name: id }) => /^port(\d+)$/.exec(id)?.[1] ?? []).map(Number)
  return {
    live: {
      ...live,
      lastSlot: live.spec.machine === 'q35' ? lastOf(ports) : lastSlot(live.spec),
      romless: await romlessCards(app, live),
    },
    machineType: type.replace(/-machine$/, ''),
  }
}

async function romlessCards(app: App, { spec }: LiveVm): Promise<string[]> {
  // No card of it has a place for one.
  if (spec.machine === 'microvm') return []
  const cards = spec.nics.map(async (_, position) => {
    const id = nicId(spec, position)
    const path = `/machine/peripheral/${id}`
    const rom = await app.machines.ask(spec.name, 'qom-get', { path, property: 'romfile' })
    return rom === '' ? [id] : []
  })
  return (await Promise.all(cards)).flat()
}

/** The one for the seed lies beyond a gap. */
function lastOf(ports: readonly number[]): number {
  let last = 0
  while (ports.includes(last + 1)) last += 1
  return last
}

function notGoingOn(name: string, status: string): WeftError {
  const why = status === 'suspended' ? 'its guest sleeps' : `QEMU says that it is '${status}'`
  return new WeftError('wrong-state', `cannot save machine '${name}': ${why}`, {
    hint: `weft vm resume ${name}, or weft vm kill ${name}`,
  })
}

function notSaved(name: string, state: string): WeftError {
  return new WeftError('wrong-state', `machine '${name}' has no saved memory: it is ${state}`, {
    hint: `weft vm show ${name}`,
  })
}
