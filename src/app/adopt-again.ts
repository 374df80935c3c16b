/** Machines that a way back has started again: weftd speaks to the QEMU that is there now. */
import type { Action } from '../core/plan/action.ts'
import type { NoUndo, Plan } from '../core/plan/plan.ts'
import type { App } from './ports.ts'

/** The monitor's end is told a moment after the process' end. */
const GONE_MS = 1000

/** Whether the plan has been taken back, or is itself the way back of one. */
export async function adoptAgain(app: App, { steps }: Plan): Promise<void> {
  const names = steps.flatMap(({ do: action, undo }) => [
    ...startedBy(undo, action),
    ...startedBy(action, undo),
  ])
  for (const name of new Set(names)) {
    await app.machines.gone(name, GONE_MS)
    // Where it could not be started again there is nobody to speak to.
    await app.machines.adopt(name).catch(() => undefined)
  }
}

/** What it was started with is noted only by the way back: the way there does nothing (lab/end-machine.ts). */
function startedBy(note: Action | NoUndo, other: Action | NoUndo): string[] {
  const isIdle = other.kind === 'run' && other.argv[0] === 'true'
  const path = note.kind === 'write' ? note.path : ''
  const name = /\/vms\/([^/]+)\/live\.json$/.exec(path)?.[1]
  return isIdle && name !== undefined ? [name] : []
}
