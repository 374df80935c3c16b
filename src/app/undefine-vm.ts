/** The definition of a machine goes, but never from under it: one that runs goes on, and is forgotten when it ends. */
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { planDefinition } from './definitions.ts'
import { deleteVm } from './delete-vm.ts'
import type { App } from './ports.ts'
import { refuseWithSnapshots } from './snapshots.ts'
import { getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

type Undefined = Changed<'deleted' | 'undefined' | 'unchanged'>

export async function undefineVm(app: App, name: string, request: ChangeRequest): Promise<Undefined> {
  const marked = await inTurnOf(app, name, () => markTransient(app, name, request))
  return marked ?? deleteVm(app, name, request)
}

/** Nothing of one that does not run. */
async function markTransient(app: App, name: string, request: ChangeRequest): Promise<Undefined | undefined> {
  const { autostart, ...spec } = getVm(app, name)
  if (!app.machines.isRunning(name)) return undefined
  refuseWithSnapshots(app, name)
  const title = `undefine machine '${name}'`
  const plan = await planDefinition(app, app.vms, { ...spec, isTransient: true }, title)
  if (plan.steps.length === 0) return carryOut(app, request, plan, 'unchanged')
  const notes = [
    'it runs on, and is forgotten when it ends; its disks stay',
    ...(autostart === undefined ? [] : ['it is no longer started with the host']),
  ]
  return toldOfDefinition(app, name, await carryOut(app, request, plan, 'undefined', notes))
}
