/** Deleting a machine: its definition and what is kept for it, and, where somebody says so, the disks that are its own. */
import { forgetNvramSteps } from '../core/vm/firmware.ts'
import { formatSize } from '../core/size.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import { networksOf } from '../core/vm/nics.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { forgetTpmSteps } from '../core/vm/tpm.ts'
import { stopPlan, type Plan, type Step } from '../core/plan/plan.ts'
import { disksThatGo, type DiskFate, type OwnDisk } from '../core/storage/own-disks.ts'
import { planDiskDelete } from '../core/storage/plan-disk.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { planForget } from './definitions.ts'
import { lookAtImages, lookAtImageUsers } from './disk-images.ts'
import { inTurnOf } from './vm-turn.ts'
import { freeSteps, giveUpAddresses } from './keep-addresses.ts'
import { lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { publishedSteps } from './published-steps.ts'
import { inTurns } from './queue.ts'
import { forgetSavedSteps } from './save-vm.ts'
import { forgetSnapshots, refuseWithSnapshots } from './snapshots.ts'
import { planEnd, reportEnd } from './vm-ends.ts'
import { getState, getVm } from './vm-state.ts'
import { hasTpmState } from './vm-tpm.ts'

export interface DeleteRequest extends ChangeRequest {
  /** One that runs is killed first. */
  readonly force?: boolean
  /** Disks that are its own are deleted too. */
  readonly disks?: boolean
}

/** Forgets the definition; disks stay unless they are named. A running machine is refused, or killed when forced. */
export function deleteVm(app: App, name: string, request: DeleteRequest): Promise<Changed<'deleted'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const isRunning = app.machines.isRunning(name)
    if (request.force !== true) refuseUnlessAllowed('delete', name, getState(app, name).state)
    if (request.force !== true) refuseWithSnapshots(app, name)
    const fate = request.disks === true ? await fateOf(app, spec) : nothingGoes(spec)
    const plan = await planDelete(app, spec, fate.going)
    const keys = fate.going.map((disk) => `disk:${disk.name}`)
    const changed = await inTurns(app.queue, keys, () =>
      carryOut(app, request, plan, 'deleted', notesOf(fate)),
    )
    if (request.dryRun) return changed
    app.restarts.callOff(name)
    if (isRunning) await reportEnd(app, name, `killed by ${request.by}`)
    await Promise.all([app.vms, app.saves, app.snapshots].map((store) => store.refresh(name)))
    app.events.emit({ kind: 'vm', name, what: 'deleted' })
    return changed
  })
}

async function planDelete(app: App, spec: VmSpec, disks: readonly OwnDisk[]): Promise<Plan> {
  const { name } = spec
  const keeping = giveUpAddresses(app, spec, await lookAtNetworks(app, networksOf(spec)))
  const end = await planEnd(app, name, { look: keeping.seen, isDeleted: true })
  const free = end.steps.length === 0 ? freeSteps(app, spec, keeping.seen) : []
  const forget = await planForget(app, app.vms, spec, `delete machine '${name}'`)
  const steps = [
    ...publishedSteps(app, keeping.seen, { without: name }, networksOf(spec)),
    ...keeping.steps,
    ...end.steps,
    ...free,
    ...forget.steps,
    ...forgetSavedSteps(app, name),
    ...(await forgetSnapshots(app, name)),
    ...forgetNvramSteps(spec, app.facts),
    ...((await hasTpmState(app, name)) ? forgetTpmSteps(name, app.facts) : []),
    ...disks.flatMap((disk) => planDiskDelete(disk, app.facts).steps),
  ]
  // Half a machine is worse than none: once something is lost for good the rest follows, after a crash as well.
  const losesSomething = (step: Step): boolean => step.undo.kind === 'none' && step.undo.isLoss === true
  const isBinding = end.steps.length > 0 || steps.some(losesSomething)
  return isBinding ? { ...stopPlan(forget.title, steps), isLasting: true } : { ...forget, steps }
}

async function fateOf(app: App, { name, disks }: VmSpec): Promise<DiskFate> {
  const { owners } = await lookAtImageUsers(app, name)
  const others = new Map([...owners].map(([id, users]) => [id, users.map(({ machine }) => machine)]))
  return disksThatGo(disks, await lookAtImages(app), others)
}

const nothingGoes = ({ disks }: VmSpec): DiskFate => ({
  going: [],
  staying: disks.map(({ path }) => ({ path, because: '' })),
})

function notesOf({ going, staying }: DiskFate): string[] {
  return [
    ...going.map(
      ({ path, size, used }) =>
        `with its disk ${path}: ${formatSize(size)}, ${formatSize(used)} of them used`,
    ),
    ...staying.map(
      ({ path, because }) => `its disk is kept: ${path}${because === '' ? '' : ` (${because})`}`,
    ),
  ]
}
