/**
 * Transient machines: started at once, and forgotten when they end, as libvirt has them. One has a definition like any other, with a mark,
 * so that everything that looks at definitions knows it; ending it takes that along. Defining it again takes the mark away.
 */
import type { VmDraft } from '../core/vm/draft.ts'
import type { Changed, ChangeRequest } from './change.ts'
import { createVm } from './create-vm.ts'
import { defineVm, type GivenDefinition } from './define-vm.ts'
import { deleteVm } from './delete-vm.ts'
import type { App } from './ports.ts'
import { startVm, type StartRequest } from './vms.ts'

type Started = Changed<'started'>

export async function createTransientVm(app: App, draft: VmDraft, request: ChangeRequest): Promise<Started> {
  const made = await createVm(app, { ...draft, isTransient: true }, request)
  return startMade(app, draft.name, made, request)
}

export async function runVm(app: App, given: GivenDefinition, request: StartRequest): Promise<Started> {
  const made = await defineVm(app, { ...given, isNew: true, isTransient: true }, request)
  return startMade(app, given.definition.name, made, request)
}

/** One that does not start has never been there; its disks stay. */
async function startMade(
  app: App,
  name: string,
  made: Changed<string>,
  request: StartRequest,
): Promise<Started> {
  if (request.dryRun) return { ...made, result: 'started', notes: [...made.notes, 'then it is started'] }
  try {
    const started = await startVm(app, name, request)
    const notes = [...made.notes, ...started.notes, 'it is forgotten when it ends; its disks stay']
    return { ...started, result: 'started', notes }
  } catch (error) {
    if (app.vms.find(name) !== undefined) await deleteVm(app, name, { ...request, force: true })
    throw error
  }
}
