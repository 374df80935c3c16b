/** Machines saved to a file of the user's, and restored from one: what `weft vm save --to` and `weft vm restore` do. */
import { WeftError } from '../core/errors.ts'
import { lastingPlan } from '../core/plan/plan.ts'
import {
  FOOTER_BYTES,
  notASave,
  parseFooter,
  parseSaveFile,
  planSaveToFile,
  rewriteSteps,
  unpackSteps,
  type SaveFile,
} from '../core/vm/save-file.ts'
import { planVmSave } from '../core/vm/plan-save.ts'
import type { SavedVm } from '../core/vm/saved.ts'
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { planDefinition } from './definitions.ts'
import { deleteVm } from './delete-vm.ts'
import { forgetTransient } from './forget-transient.ts'
import { refusePlace } from './file-place.ts'
import type { App } from './ports.ts'
import { readyToSave, tellSaved } from './save-vm.ts'
import { planEnd } from './vm-ends.ts'
import { getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'
import { startFrom } from './vms.ts'

/** How it comes back; absent: as it was. */
export interface ComesBack {
  readonly state?: SavedVm['state']
}

/** More than a record can have: a definition with a long text for cloud-init. */
const RECORD_LIMIT = 16 * 1024 * 1024

/** It stops, and nothing but the file knows what it had in memory: its next start boots. */
export function saveVmTo(
  app: App,
  name: string,
  to: string,
  how: ComesBack,
  request: ChangeRequest,
): Promise<Changed<'saved'>> {
  return inTurnOf(app, name, async () => {
    const definition = getVm(app, name)
    if (definition.isTransient === true && definition.firmware !== undefined)
      throw new WeftError('unsupported', `machine '${name}' is transient, and its NVRAM ends with it`, {
        hint: `weft vm show ${name} --xml | weft vm define makes it stay`,
      })
    await refusePlace(app, to, isSaveFile)
    const saved = await readyToSave(app, name)
    // Its record, which would make it weft's own save, is what the file takes the place of.
    const save = planVmSave(
      saved,
      { path: app.saves.file(name), content: '' },
      await planEnd(app, name),
      app.facts,
    )
    const record = { saved: { ...saved, ...how }, definition }
    const changed = await carryOut(app, request, planSaveToFile(record, to, save, app.facts), 'saved', [
      `bring it back with: weft vm restore ${to}`,
    ])
    if (request.dryRun) return changed
    await tellSaved(app, name, request)
    await forgetTransient(app, name)
    return changed
  })
}

/** Throws not-found, and invalid-argument for a file that is something else. */
export async function readSaveFile(app: App, path: string): Promise<SaveFile> {
  const read = async (length: number): Promise<string> => {
    const bytes = await app.host.readBytes(path, -length, length)
    if (bytes !== undefined) return new TextDecoder().decode(bytes)
    throw new WeftError('not-found', `there is no file '${path}'`, {
      hint: 'weft vm save VM --to FILE makes one',
    })
  }
  const lengths = parseFooter(await read(FOOTER_BYTES))
  if (lengths === undefined || lengths.disks + lengths.record > RECORD_LIMIT) throw notASave(path)
  const text = await read(lengths.disks + lengths.record + FOOTER_BYTES)
  try {
    const file = parseSaveFile(text.slice(0, -FOOTER_BYTES), lengths)
    app.vms.check?.(file.definition)
    app.saves.check?.(file.saved)
    return file
  } catch {
    throw notASave(path)
  }
}

/** One that is not defined any more is transient. The file stays, and fits until the machine has written to its disks. */
export async function restoreVmFrom(
  app: App,
  path: string,
  how: ComesBack,
  request: ChangeRequest,
): Promise<Changed<string>> {
  const file = await readSaveFile(app, path)
  const saved = { ...file.saved, ...how }
  const { name } = saved
  const before = app.vms.find(name)
  refuseOccupied(app, file)
  if (before === undefined) {
    const definition = { ...file.definition, isTransient: true as const }
    const plan = await planDefinition(app, app.vms, definition, `define machine '${name}' until it ends`)
    await toldOfDefinition(app, name, await carryOut(app, request, plan, 'defined'))
  }
  try {
    const from = { saved, stamps: file.stamps, unpack: unpackSteps(path, file, app.facts) }
    return await startFrom(app, from, request)
  } catch (error) {
    if (before === undefined && app.vms.find(name) !== undefined)
      await deleteVm(app, name, { ...request, force: true })
    throw error
  }
}

/** Whether it goes on at once when it comes back. */
export async function changeSaveFile(
  app: App,
  path: string,
  { state }: ComesBack,
  request: ChangeRequest,
): Promise<Changed<'set' | 'unchanged'>> {
  const file = await readSaveFile(app, path)
  const { saved, definition } = file
  const isSame = state === undefined || state === saved.state
  const record = { saved: { ...saved, ...(state === undefined ? {} : { state }) }, definition }
  const steps = isSame ? [] : rewriteSteps(path, file, record, app.facts)
  const plan = lastingPlan(`set how machine '${saved.name}' comes back from '${path}'`, steps)
  return carryOut(app, request, plan, isSame ? 'unchanged' : 'set')
}

function refuseOccupied(app: App, { saved: { name }, definition: { uuid } }: SaveFile): void {
  const other = app.vms.list().find((vm) => (vm.name === name) !== (vm.uuid === uuid))
  if (other !== undefined)
    throw new WeftError(
      'already-exists',
      `machine '${other.name}' is defined already, with the UUID ${other.uuid}`,
      {
        hint: `weft vm rename ${other.name} NAME`,
      },
    )
  if (app.machines.isRunning(name))
    throw new WeftError('wrong-state', `machine '${name}' runs already`, { hint: `weft vm kill ${name}` })
  if (app.saves.find(name) !== undefined)
    throw new WeftError('wrong-state', `machine '${name}' has saved memory of its own`, {
      hint: `weft vm start ${name}, or weft vm discard ${name}`,
    })
}

async function isSaveFile(app: App, path: string): Promise<boolean> {
  try {
    await readSaveFile(app, path)
    return true
  } catch (error) {
    if (error instanceof WeftError) return false
    throw error
  }
}
