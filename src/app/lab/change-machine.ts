/** A machine of a lab becomes what the file says: while it runs, as far as that goes, and its definition in any case. */
import { liveChanges, type LiveChanges } from '../../core/lab/live-changes.ts'
import { WeftError } from '../../core/errors.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import { changeCd } from '../change-cd.ts'
import type { ChangeRequest } from '../change.ts'
import { attachNic, detachNic, moveNic } from '../change-nics.ts'
import { defineVm, type GivenDefinition } from '../define-vm.ts'
import { attachDisk, detachDisk } from '../plug-disk.ts'
import type { App } from '../ports.ts'
import { createQueue } from '../queue.ts'
import { setHardware } from '../set-hardware.ts'
import { readLive } from '../vm-state.ts'

export interface RunningChanges {
  readonly live: LiveChanges
  /** What counts from its next start only, in words. */
  readonly later: readonly string[]
}

/** What of it can be done now; a size that it has no room for cannot. `app` is asked, nothing is changed. */
export async function surveyRunning(app: App, wanted: VmSpec): Promise<RunningChanges | undefined> {
  const note = app.machines.isRunning(wanted.name) ? await readLive(app, wanted.name) : undefined
  if (note === undefined) return undefined
  const live = liveChanges(note.spec, wanted)
  if (Object.keys(live.size).length === 0) return { live, later: live.cold }
  const asked = { ...app, queue: createQueue() }
  try {
    await setHardware(asked, wanted.name, live.size, { by: 'weftd', dryRun: true })
    return { live, later: live.cold }
  } catch (error) {
    if (!(error instanceof WeftError) || error.code !== 'needs-restart') throw error
    return { live: { ...live, size: {} }, later: [...live.cold, error.message] }
  }
}

/** The definition last: it has what the live changes have no words for. */
export async function changeMachine(
  app: App,
  { given, changes }: { readonly given: GivenDefinition; readonly changes: LiveChanges | undefined },
  request: ChangeRequest,
): Promise<void> {
  if (changes !== undefined) await changeLive(app, given.definition.name, changes, request)
  await defineVm(app, given, request)
}

async function changeLive(
  app: App,
  name: string,
  changes: LiveChanges,
  request: ChangeRequest,
): Promise<void> {
  for (const mac of changes.detach) await detachNic(app, name, mac, request)
  for (const { mac, network } of changes.move) await moveNic(app, name, mac, { ...request, network })
  for (const word of changes.attach) await attachNic(app, name, word, request)
  for (const path of changes.unplug) await detachDisk(app, name, path, request)
  for (const word of changes.plug) await attachDisk(app, name, word, request)
  for (const cd of changes.cds) await changeCd(app, name, cd, request)
  if (Object.keys(changes.size).length > 0) await setHardware(app, name, changes.size, request)
}
