/** Going back to a snapshot: disks and definition become what they were, and a machine whose memory was kept goes on. */
import { WeftError } from '../core/errors.ts'
import { isLive } from '../core/vm/lifecycle.ts'
import { networksOf } from '../core/vm/nics.ts'
import { planSnapshotRevert } from '../core/vm/plan-snapshot.ts'
import type { SavedVm } from '../core/vm/saved.ts'
import { beforeRevertTag, snapshotFiles, snapshotTag, type Snapshot } from '../core/vm/snapshot.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { planDefinition } from './definitions.ts'
import { refuseWithoutQemuImg } from './refuse-disk.ts'
import { inTurnOf } from './vm-turn.ts'
import { lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { refuseWork } from './refuse-job.ts'
import { discardVm } from './save-vm.ts'
import { disksWithIt, getSnapshot, treeOf } from './snapshots.ts'
import { refuseInactiveNetworks } from './vm-nics.ts'
import { publishedSteps } from './published-steps.ts'
import { getState, getVm } from './vm-state.ts'
import { killVm, startVm } from './vms.ts'

export interface RevertRequest extends ChangeRequest {
  /** What it has in memory now is given up. */
  readonly force?: boolean
}

/**
 * A machine that runs is ended first, as a change of its own. Then everything goes back together, and one with memory is a saved machine,
 * which is started: should that fail, it can be started later.
 */
export async function revertSnapshot(
  app: App,
  vm: string,
  name: string,
  request: RevertRequest,
): Promise<Changed<'reverted' | 'reverted-running' | 'reverted-paused'>> {
  const snapshot = getSnapshot(app, vm, name)
  await refuseImpossible(app, vm, snapshot)
  await letGo(app, vm, request)
  const changed = await inTurnOf(app, vm, () => revertDisks(app, vm, snapshot, request))
  const { memory, state } = snapshot
  if (memory === undefined) return { ...changed, notes: notesOf(vm, snapshot) }
  if (request.dryRun) return changed
  const { notes } = await startVm(app, vm, request)
  return { ...changed, notes, result: state === 'paused' ? 'reverted-paused' : 'reverted-running' }
}

async function revertDisks(
  app: App,
  vm: string,
  snapshot: Snapshot,
  request: ChangeRequest,
): Promise<Changed<'reverted'>> {
  const { name, spec, state, memory } = snapshot
  if (!request.dryRun && getState(app, vm).state !== 'stopped')
    throw new WeftError('wrong-state', `machine '${vm}' has been started meanwhile`, {
      hint: `weft snapshot revert ${vm} ${name} --force`,
    })
  const networks = [...new Set([...networksOf(spec), ...networksOf(getVm(app, vm))])]
  const seen = await lookAtNetworks(app, networks)
  const define = await planDefinition(app, app.vms, spec, '')
  const tree = await planDefinition(app, app.snapshots, { ...treeOf(app, vm), current: name }, '')
  const now = app.chance.now()
  const saved: SavedVm | undefined =
    memory === undefined
      ? undefined
      : {
          name: vm,
          at: now.toISOString(),
          state: state === 'paused' ? 'paused' : 'running',
          ...memory,
          tag: snapshotTag(name),
        }
  const plan = planSnapshotRevert({
    vm,
    snapshot,
    disks: await disksWithIt(app, snapshot),
    facts: app.facts,
    before: beforeRevertTag(now),
    kept: [...define.steps, ...tree.steps, ...publishedSteps(app, seen, { wanted: spec }, networks)],
    savePath: app.saves.file(vm),
    saved,
  })
  try {
    return await carryOut(app, request, plan, 'reverted')
  } finally {
    await Promise.all([app.vms.refresh(vm), app.snapshots.refresh(vm), app.saves.refresh(vm)])
    if (!request.dryRun) app.events.emit({ kind: 'vm', name: vm, what: 'defined' })
  }
}

/** Everything that would keep it from being as it was, before anything is given up. */
async function refuseImpossible(app: App, vm: string, snapshot: Snapshot): Promise<void> {
  const { name, spec, disks, memory } = snapshot
  refuseWithoutQemuImg(app)
  refuseWork(app, vm, disks)
  const found = (await disksWithIt(app, snapshot)).map(({ path }) => path)
  const lost = disks.find((path) => !found.includes(path))
  if (lost !== undefined)
    throw new WeftError(
      'conflict',
      `'${lost}' does not have snapshot '${name}' of machine '${vm}' any more`,
      {
        hint: `weft snapshot delete ${vm} ${name}`,
      },
    )
  const what = `machine '${vm}', as it was at snapshot '${name}',`
  await refuseVmProblems(app, spec, what)
  if (memory === undefined) return
  const kept = await app.host.inspectFile(snapshotFiles(app.facts.paths, vm, name).memory)
  if (kept === undefined)
    throw new WeftError('conflict', `the memory of snapshot '${name}' is not there any more`, {
      hint: `weft snapshot delete ${vm} ${name}`,
    })
  const was = memory.live.spec
  await refuseVmProblems(app, was, what)
  refuseInactiveNetworks(app, was, await lookAtNetworks(app, networksOf(was)))
}

/** Throws 'wrong-state' unless what is in memory may be given up. */
async function letGo(app: App, vm: string, request: RevertRequest): Promise<void> {
  const { state } = getState(app, vm)
  if (state === 'stopped') return
  if (request.force !== true)
    throw new WeftError(
      'wrong-state',
      `machine '${vm}' is ${state}: what it has in memory now would be lost`,
      {
        hint: 'take a snapshot of that first, or say --force',
      },
    )
  if (request.dryRun) return
  if (isLive(state)) await killVm(app, vm, request)
  else await discardVm(app, vm, request)
}

function notesOf(vm: string, { state }: Snapshot): string[] {
  const start = `start it with: weft vm start ${vm}`
  return state === 'stopped'
    ? [start]
    : ['its memory was not kept: its disks are as after a power cut', start]
}
