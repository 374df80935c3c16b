/** Snapshots of a machine: what is kept of each, and the tree they make. */
import { WeftError, type Problem } from '../errors.ts'
import { snapshotDirectory, type Paths } from '../host/paths.ts'
import type { LiveVm } from './context.ts'
import { diskId } from './qemu-disks.ts'
import type { VmSpec } from './spec.ts'

/** All snapshots of one machine. */
export interface SnapshotTree {
  /** The machine's. */
  readonly name: string
  /** The one that its disks go on from; absent: none, or one that has been deleted and began with nothing. */
  readonly current?: string
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
}

export interface Snapshot {
  readonly name: string
  /** RFC 3339. */
  readonly at: string
  readonly description?: string
  readonly parent?: string
  /** What the machine did. */
  readonly state: 'running' | 'paused' | 'stopped'
  /** The definition at that time. */
  readonly spec: VmSpec
  /** Absent: only disks. */
  readonly memory?: SnapshotMemory
  /** Images that have it: all that the machine could write to. */
  readonly disks: readonly string[]
}

export interface SnapshotMemory {
  /** What the machine ran with. */
  readonly live: LiveVm
  readonly machineType: string
}

/** In images; never a number, which qemu-img would take for the place in its list. */
export const snapshotTag = (snapshot: string): string => `weft.${snapshot}`
/** What disks were like before a revert, as long as that may have to be taken back. */
export const beforeRevertTag = (now: Date): string => `weft-before-${String(now.getTime())}`

export interface SnapshotFiles {
  readonly memory: string
  readonly nvram: string
}

/** No machine has an @ in its name. */
export function snapshotFiles(paths: Paths, vm: string, snapshot: string): SnapshotFiles {
  const base = `${snapshotDirectory(paths)}/${vm}@${snapshot}`
  return { memory: `${base}.memory`, nvram: `${base}.nvram` }
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/

export function refuseSnapshotName({ name: vm, snapshots }: SnapshotTree, name: string): void {
  if (!NAME.test(name))
    throw new WeftError('invalid-argument', `'${name}' is no name for a snapshot`, {
      hint: 'letters, digits, dots, - and _, at most 63',
    })
  if (!snapshots.some((each) => each.name === name)) return
  throw new WeftError('already-exists', `machine '${vm}' has a snapshot '${name}' already`, {
    hint: `weft snapshot delete ${vm} ${name}`,
  })
}

/** `snap1`, `snap2`, ...: the first that nobody has. */
export function freeSnapshotName({ snapshots }: SnapshotTree): string {
  const taken = new Set(snapshots.map(({ name }) => name))
  let number = 1
  while (taken.has(`snap${String(number)}`)) number += 1
  return `snap${String(number)}`
}

export interface WrittenDisk {
  readonly path: string
  /** As QEMU calls it. */
  readonly id: string
}

/** What a machine can write to. A raw image has no room for a snapshot. */
export function writtenDisks({ disks }: VmSpec): {
  disks: readonly WrittenDisk[]
  problems: readonly Problem[]
} {
  const written = disks.flatMap((disk, position) =>
    disk.isReadOnly === true ? [] : [{ ...disk, id: diskId(disk, position), position }],
  )
  const problems = written.flatMap(({ path, format, position }): Problem[] =>
    format === 'qcow2'
      ? []
      : [
          {
            path: `disks.${String(position)}`,
            message: `'${path}' is a raw image, which cannot keep a snapshot`,
            hint: 'copy it: weft disk clone DISK NEW --format qcow2; or let the machine only read it',
          },
        ],
  )
  return { disks: written.map(({ path, id }) => ({ path, id })), problems }
}

export function withSnapshot(tree: SnapshotTree, snapshot: Snapshot): SnapshotTree {
  return { name: tree.name, current: snapshot.name, snapshots: [...tree.snapshots, snapshot] }
}

/** Each is whole by itself: what began with one that goes begins with that one's parent. */
export function withoutSnapshot({ name, current, snapshots }: SnapshotTree, gone: Snapshot): SnapshotTree {
  const heir = (parent: string | undefined): string | undefined =>
    parent === gone.name ? gone.parent : parent
  const now = heir(current)
  const left = snapshots.flatMap(({ parent: before, ...rest }) => {
    const parent = heir(before)
    return rest.name === gone.name ? [] : [{ ...rest, ...(parent === undefined ? {} : { parent }) }]
  })
  return { name, ...(now === undefined ? {} : { current: now }), snapshots: left }
}
