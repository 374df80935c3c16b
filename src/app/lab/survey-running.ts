/** What of a machine's change can be done while it runs, as this host says. */
import { liveChanges, type LiveChanges } from '../../core/lab/live-changes.ts'
import { WeftError } from '../../core/errors.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
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
