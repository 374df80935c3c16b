/** Snapshots of machines: taken, listed, gone back to, deleted. */
import { invalidDefinition, WeftError } from '../core/errors.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import type { Step } from '../core/plan/plan.ts'
import { forgetSnapshotSteps, planSnapshotCreate, planSnapshotDelete } from '../core/vm/plan-snapshot.ts'
import {
  freeSnapshotName,
  refuseSnapshotName,
  snapshotTag,
  withoutSnapshot,
  withSnapshot,
  writtenDisks,
  type Snapshot,
  type SnapshotTree,
  type WrittenDisk,
} from '../core/vm/snapshot.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { refuseEncrypted } from './refuse-encrypted.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { planDefinition, planForget } from './definitions.ts'
import type { DiskState } from './disk-images.ts'
import { refuseWithoutQemuImg } from './refuse-disk.ts'
import { someOf } from './find-network.ts'
import { inTurnOf } from './vm-turn.ts'
import { liveOf, nodesOf } from './live-disks.ts'
import type { App } from './ports.ts'
import { refuseTransient } from './forget-transient.ts'
import { refuseUnlessQuiescable } from './quiesce.ts'
import { refuseBackup, refuseJobOn } from './refuse-job.ts'
import { refuseLent } from './lend-devices.ts'
import { refuseShares } from './refuse-shares.ts'
import { lookAtQemu } from './save-vm.ts'
import { getState, getVm } from './vm-state.ts'
import { refuseTpm } from './vm-tpm.ts'

export interface SnapshotOrder {
  readonly name?: string
  readonly description?: string
  /** Not the memory of a machine that runs. */
  readonly diskOnly?: boolean
  /** Its guest holds its file systems still meanwhile. */
  readonly quiesce?: boolean
}

export function createSnapshot(
  app: App,
  vm: string,
  order: SnapshotOrder,
  request: ChangeRequest,
): Promise<Changed<'taken'>> {
  return inTurnOf(app, vm, async () => {
    const spec = getVm(app, vm)
    const { state } = getState(app, vm)
    refuseUnlessAllowed('snapshot', vm, state)
    refuseTpm(spec, 'snapshotted')
    refuseEncrypted(spec.disks, 'snapshotted', `copy it while ${vm} is off: weft disk clone`)
    refuseTransient(spec, 'snapshotted')
    refuseBackup(app, vm)
    refuseWithoutQemuImg(app)
    const tree = treeOf(app, vm)
    const name = order.name ?? freeSnapshotName(tree)
    refuseSnapshotName(tree, name)
    const live = await liveOf(app, vm)
    const disks = await refuseDisks(app, live, live?.spec ?? spec, name)
    const isDiskOnly = order.diskOnly === true || live === undefined
    if (!isDiskOnly) await refuseShares(app, live.spec, 'snapshotted')
    if (!isDiskOnly) refuseLent(live.spec, 'snapshotted')
    if (isDiskOnly && disks.length === 0) throw nothingToKeep(vm)
    const isQuiesced = order.quiesce === true
    if (isQuiesced) await refuseQuiesce(app, vm, isDiskOnly)
    const snapshot: Snapshot = {
      name,
      at: app.chance.now().toISOString(),
      ...(order.description === undefined ? {} : { description: order.description }),
      ...(tree.current === undefined ? {} : { parent: tree.current }),
      state: state === 'running' || state === 'paused' ? state : 'stopped',
      spec,
      ...(isDiskOnly ? {} : { memory: await lookAtQemu(app, vm) }),
      disks: disks.map(({ path }) => path),
    }
    const kept = (await planDefinition(app, app.snapshots, withSnapshot(tree, snapshot), '')).steps
    const known = kept.map((step) => ({ ...step, reason: `from here on ${vm} has the snapshot ${name}` }))
    const plan = planSnapshotCreate({ vm, snapshot, disks, facts: app.facts, isQuiesced }, known)
    const changed = await carryOut(app, request, plan, 'taken', [
      `go back to it with: weft snapshot revert ${vm} ${name}`,
    ])
    if (!request.dryRun) await app.snapshots.refresh(vm)
    return changed
  })
}

export function deleteSnapshot(
  app: App,
  vm: string,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'deleted'>> {
  return inTurnOf(app, vm, async () => {
    getVm(app, vm)
    refuseUnlessAllowed('snapshot', vm, getState(app, vm).state)
    refuseBackup(app, vm)
    refuseWithoutQemuImg(app)
    const snapshot = getSnapshot(app, vm, name)
    const live = await liveOf(app, vm)
    const running = live === undefined ? [] : inQemu(live, writtenDisks(live.spec).disks)
    for (const path of snapshot.disks) refuseJobOn(app, path)
    const open = running.filter(({ path }) => snapshot.disks.includes(path))
    const disks = await disksWithIt(app, snapshot)
    const left = withoutSnapshot(treeOf(app, vm), snapshot)
    const kept =
      left.snapshots.length === 0
        ? await planForget(app, app.snapshots, left, '')
        : await planDefinition(app, app.snapshots, left, '')
    const known = kept.steps.map((step) => ({ ...step, reason: `${vm} has no snapshot ${name} any more` }))
    const plan = planSnapshotDelete({ vm, snapshot, disks, open, facts: app.facts }, known)
    try {
      return await carryOut(app, request, plan, 'deleted')
    } finally {
      await app.snapshots.refresh(vm)
    }
  })
}

export function listSnapshots(app: App, vm: string): SnapshotTree {
  getVm(app, vm)
  return treeOf(app, vm)
}

export const treeOf = (app: App, vm: string): SnapshotTree =>
  app.snapshots.find(vm) ?? { name: vm, snapshots: [] }

/** Throws not-found. */
export function getSnapshot(app: App, vm: string, name: string): Snapshot {
  getVm(app, vm)
  const { snapshots } = treeOf(app, vm)
  const snapshot = snapshots.find((each) => each.name === name)
  if (snapshot !== undefined) return snapshot
  const names = snapshots.map((each) => each.name)
  throw new WeftError('not-found', `machine '${vm}' has no snapshot '${name}'`, {
    hint:
      names.length === 0
        ? `weft snapshot create ${vm} ${name}`
        : `weft snapshot list ${vm} (it shows ${someOf(names)})`,
  })
}

/** A snapshot is only as good as its disks. */
export function refuseSnapshots(app: App, disk: Pick<DiskState, 'name' | 'path'>): void {
  for (const { name: vm, snapshots } of app.snapshots.list()) {
    const snapshot = snapshots.find(({ disks }) => disks.includes(disk.path))
    if (snapshot === undefined) continue
    const message = `disk '${disk.name}' has snapshot '${snapshot.name}' of machine '${vm}' in it`
    throw new WeftError('in-use', message, { hint: `weft snapshot delete ${vm} ${snapshot.name}` })
  }
}

/** With the machine, whose disks may stay: then what is inside them does too. */
export async function forgetSnapshots(app: App, vm: string): Promise<Step[]> {
  const tree = app.snapshots.find(vm)
  if (tree === undefined) return []
  const forget = await planForget(app, app.snapshots, tree, '')
  return [...forget.steps, ...forgetSnapshotSteps(vm, tree.snapshots, app.facts)]
}

/** Throws 'in-use'. */
export function refuseWithSnapshots(app: App, vm: string): void {
  const [first] = app.snapshots.find(vm)?.snapshots ?? []
  if (first === undefined) return
  throw new WeftError('in-use', `machine '${vm}' has snapshots`, {
    hint: `weft snapshot delete ${vm} ${first.name}, or weft vm delete ${vm} --force`,
  })
}

/** Those of its disks that are still there and still have it. */
export async function disksWithIt(app: App, { name, disks }: Snapshot): Promise<WrittenDisk[]> {
  const found: WrittenDisk[] = []
  for (const path of disks) {
    const image = await app.images.inspect(path)
    if (image?.format !== 'qcow2') continue
    if ((await app.images.snapshots(path)).includes(snapshotTag(name))) found.push({ path, id: '' })
  }
  return found
}

/** Everything that is in the way, before anything is done. */
async function refuseDisks(
  app: App,
  live: LiveVm | undefined,
  spec: VmSpec,
  name: string,
): Promise<readonly WrittenDisk[]> {
  const { disks, problems } = writtenDisks(spec)
  if (problems.length > 0) throw invalidDefinition(`a snapshot of machine '${spec.name}'`, problems)
  for (const { path } of disks) {
    refuseJobOn(app, path)
    if (!(await app.images.snapshots(path)).includes(snapshotTag(name))) continue
    throw new WeftError('already-exists', `'${path}' has a snapshot '${name}' that no machine knows of`, {
      hint: 'take another name, or delete it: qemu-img snapshot -d NAME FILE',
    })
  }
  return live === undefined ? disks : inQemu(live, disks)
}

const inQemu = (live: LiveVm, disks: readonly WrittenDisk[]): WrittenDisk[] =>
  disks.map(({ path, id }) => ({ path, id: nodesOf(live, id)[0] ?? id }))

/** The memory would have the file systems held still in it, for good. */
async function refuseQuiesce(app: App, vm: string, isDiskOnly: boolean): Promise<void> {
  await refuseUnlessQuiescable(app, vm)
  if (!isDiskOnly)
    throw new WeftError('invalid-argument', 'a snapshot with memory needs no file systems that hold still', {
      hint: 'with the disks alone: --disk-only --quiesce',
    })
}

function nothingToKeep(vm: string): WeftError {
  return new WeftError(
    'unsupported',
    `machine '${vm}' has no disk that it writes to: there is nothing to keep`,
    {
      hint: `weft disk attach ${vm} DISK`,
    },
  )
}
