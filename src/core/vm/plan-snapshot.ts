/** Taking a snapshot of a machine, going back to one, and deleting one. Snapshots lie inside the disks, their memory beside them. */
import { confinedArgv } from '../host/confinement.ts'
import type { HostFacts } from '../host/facts.ts'
import { nvramFile } from '../host/paths.ts'
import { run, type RunAction, type WriteAction } from '../plan/action.ts'
import { disrupts } from '../plan/disruption.ts'
import { cannotUndo, lastingPlan, noUndo, type Plan, type Step } from '../plan/plan.ts'
import {
  closeStep,
  deleteJob,
  jobStep,
  JOB_LIMIT_MS,
  memoryFileSteps,
  openStep,
  syncStep,
  tellVia,
} from './memory-file.ts'
import { recordText, stampSteps } from './plan-save.ts'
import { quiesced } from './quiesce.ts'
import { saveFiles, type SavedVm } from './saved.ts'
import { snapshotFiles, snapshotTag, type Snapshot, type WrittenDisk } from './snapshot.ts'

export interface SnapshotWork {
  readonly vm: string
  readonly snapshot: Snapshot
  /** With their names in QEMU, where the machine has one. */
  readonly disks: readonly WrittenDisk[]
  readonly facts: HostFacts
  /** The guest holds its file systems still for the disks. */
  readonly isQuiesced?: boolean
}

/** `kept`: the tree with the new snapshot in it, last, since that is what makes it one. */
export function planSnapshotCreate(work: SnapshotWork, kept: readonly Step[]): Plan {
  const { vm, snapshot } = work
  return lastingPlan(`take snapshot '${snapshot.name}' of machine '${vm}'`, [
    ...(snapshot.memory === undefined ? diskSteps(work) : memorySteps(work)),
    ...keepNvramSteps(work),
    ...kept,
  ])
}

/** QEMU lets the machine stand still for the job, and go on by itself. */
function memorySteps({ vm, snapshot, disks, facts }: SnapshotWork): Step[] {
  const { memory } = snapshotFiles(facts.paths, vm, snapshot.name)
  const ids = disks.map(({ id }) => id)
  const job = { command: 'snapshot-save', tag: snapshotTag(snapshot.name), disks: ids } as const
  return [
    ...memoryFileSteps(vm, memory, facts),
    openStep(vm, memory, facts),
    {
      ...jobStep(vm, job, facts),
      reason: `${vm} stands still while its memory is written to the file and its disks remember the same instant`,
      ...disrupts('blip', snapshot.state === 'running' ? [vm] : []),
    },
    closeStep(vm, facts),
    syncStep([memory]),
  ]
}

function diskSteps(work: SnapshotWork): Step[] {
  const { vm, snapshot, disks, facts, isQuiesced = false } = work
  const tag = snapshotTag(snapshot.name)
  if (snapshot.state === 'stopped') return disks.map(({ path }) => imageStep(path, tag, facts))
  const actions = disks.map(({ id }) => ({
    type: 'blockdev-snapshot-internal-sync',
    data: { device: id, name: tag },
  }))
  const remember: Step = {
    reason: `all disks of ${vm} remember the same instant${isQuiesced ? '' : ', as after a power cut'}`,
    do: tellVia(facts, vm)('transaction', { actions }),
    undo: deleteJob(
      vm,
      tag,
      disks.map(({ id }) => id),
      facts,
    ),
  }
  return isQuiesced ? quiesced(vm, facts, [remember]) : [remember]
}

const imageStep = (path: string, tag: string, facts: HostFacts): Step => ({
  reason: `'${path}' remembers what is on it`,
  do: qemuImg(facts, '-c', tag, path),
  undo: qemuImg(facts, '-d', tag, path),
})

const qemuImg = (facts: HostFacts, flag: '-c' | '-d' | '-a', tag: string, path: string): RunAction => ({
  ...run(...confinedArgv(facts, ['qemu-img', 'snapshot', '-q', flag, tag, path])),
  timeoutMs: JOB_LIMIT_MS,
})

function keepNvramSteps({ vm, snapshot, facts }: SnapshotWork): Step[] {
  if (snapshot.spec.firmware === undefined) return []
  const { nvram } = snapshotFiles(facts.paths, vm, snapshot.name)
  return [
    {
      reason: `what the firmware of ${vm} remembers is kept too`,
      do: copy(nvramFile(facts.paths, vm), nvram),
      undo: { kind: 'remove', path: nvram },
    },
  ]
}

/** Of a machine that has not been started yet there is none. */
const copy = (from: string, to: string): RunAction =>
  run('sh', '-c', '[ ! -e "$1" ] || cp -p -- "$1" "$2"', 'copy', from, to)

export interface RevertWork extends SnapshotWork {
  /** What disks are like before is kept under this name, as long as the revert may have to be taken back. */
  readonly before: string
  /** The definition and the tree, as they are from then on. */
  readonly kept: readonly Step[]
  readonly savePath: string
  /** The machine is saved then, with the memory of the snapshot: a start lets it go on. */
  readonly saved: SavedVm | undefined
}

/** Of a machine that does not run. Until the last disk has been put back everything can be taken back. */
export function planSnapshotRevert(work: RevertWork): Plan {
  const { vm, snapshot, disks, facts, before, kept, saved, savePath } = work
  const tag = snapshotTag(snapshot.name)
  const steps: Step[] = [
    ...disks.map(({ path }) => ({
      ...imageStep(path, before, facts),
      reason: `'${path}' remembers what is on it now, should something fail`,
    })),
    ...disks.map(({ path }) => ({
      reason: `on '${path}' is what was on it then`,
      do: qemuImg(facts, '-a', tag, path),
      undo: qemuImg(facts, '-a', before, path),
    })),
    ...putNvramSteps(work),
    ...kept,
    ...(saved === undefined ? [] : savedSteps(saved, savePath, work)),
  ]
  const done: Step[] = disks.map(({ path }) => ({
    reason: `'${path}' no longer remembers what was on it before`,
    do: qemuImg(facts, '-d', before, path),
    undo: cannotUndo('what was on the disks before the revert is gone'),
  }))
  // Stamps are of the disks as they are then.
  const stamps =
    saved === undefined ? [] : stampSteps(saved.live.spec, saveFiles(facts.paths, vm).disks, facts)
  const title = `revert machine '${vm}' to snapshot '${snapshot.name}'`
  return { ...lastingPlan(title, [...steps, ...done, ...stamps]), pointOfNoReturn: steps.length }
}

/** A second name for the file: it stays when the machine goes on, and is read again by the next revert. */
function savedSteps(saved: SavedVm, path: string, { vm, snapshot, facts }: RevertWork): Step[] {
  const { memory } = snapshotFiles(facts.paths, vm, snapshot.name)
  const link = saveFiles(facts.paths, vm).memory
  const record: WriteAction = { kind: 'write', path, content: recordText(saved), mode: 0o600 }
  return [
    {
      reason: `the memory of ${vm} is what it was then`,
      do: run('ln', '-f', '--', memory, link),
      undo: { kind: 'remove', path: link },
    },
    { reason: `from here on ${vm} is saved, and can go on`, do: record, undo: { kind: 'remove', path } },
  ]
}

function putNvramSteps({ vm, snapshot, facts }: SnapshotWork): Step[] {
  if (snapshot.spec.firmware === undefined) return []
  const { nvram } = snapshotFiles(facts.paths, vm, snapshot.name)
  const own = nvramFile(facts.paths, vm)
  const aside = `${own}.before`
  return [
    {
      reason: `what the firmware of ${vm} remembers now is kept aside, should something fail`,
      do: copy(own, aside),
      undo: { kind: 'remove', path: aside },
    },
    {
      reason: `the firmware of ${vm} remembers what it did then`,
      do: copy(nvram, own),
      undo: copy(aside, own),
    },
    {
      reason: 'the copy that was kept aside goes',
      do: { kind: 'remove', path: aside },
      undo: noUndo('it is of no use'),
    },
  ]
}

export interface DeleteWork extends SnapshotWork {
  /** Of these, the disks that a QEMU has open; nobody else may touch them. */
  readonly open: readonly WrittenDisk[]
}

/** Once it is not in the tree any more the rest follows, after a crash as well. */
export function planSnapshotDelete(
  { vm, snapshot, disks, open, facts }: DeleteWork,
  kept: readonly Step[],
): Plan {
  const tag = snapshotTag(snapshot.name)
  const { memory, nvram } = snapshotFiles(facts.paths, vm, snapshot.name)
  const gone = cannotUndo('a snapshot that was deleted is gone')
  const closed = disks.filter(({ path }) => !open.some((other) => other.path === path))
  const ids = open.map(({ id }) => id)
  const reason = 'what only the snapshot had is given up'
  const title = `delete snapshot '${snapshot.name}' of machine '${vm}'`
  const steps: Step[] = [
    ...(ids.length === 0 ? [] : [{ reason, do: deleteJob(vm, tag, ids, facts), undo: gone }]),
    ...closed.map(({ path }) => ({ reason, do: qemuImg(facts, '-d', tag, path), undo: gone })),
    ...(snapshot.memory === undefined
      ? []
      : [{ reason: 'and so is its memory', do: { kind: 'remove', path: memory } as const, undo: gone }]),
    ...(snapshot.spec.firmware === undefined
      ? []
      : [{ reason: 'and its NVRAM', do: { kind: 'remove', path: nvram } as const, undo: gone }]),
  ]
  return { ...lastingPlan(title, [...kept, ...steps]), pointOfNoReturn: kept.length }
}

/** The files of all of them go with the machine; what is inside its disks stays there. */
export function forgetSnapshotSteps(vm: string, snapshots: readonly Snapshot[], facts: HostFacts): Step[] {
  return snapshots.flatMap(({ name, memory, spec }): Step[] => {
    const files = snapshotFiles(facts.paths, vm, name)
    const paths = [
      ...(memory === undefined ? [] : [files.memory]),
      ...(spec.firmware === undefined ? [] : [files.nvram]),
    ]
    return paths.map((path) => ({
      reason: `what snapshot ${name} had beside the disks goes with ${vm}`,
      do: { kind: 'remove', path },
      undo: cannotUndo('a snapshot that was deleted is gone'),
    }))
  })
}
