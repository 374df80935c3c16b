/** Work on a disk of a machine that runs, which QEMU does while the guest goes on: what is kept of it, and what its next turn is. */
import type { DiskDevice } from './spec.ts'

export type DiskJobKind = 'overlay' | 'commit' | 'pull' | 'copy'

/**
 * Kept from before the work begins until nothing of it is left. Where the machine goes over to another image, its definition says whether
 * it has: before that everything is taken back, after it everything is carried on, whoever was killed meanwhile.
 */
export interface DiskJob {
  readonly vm: string
  /** What QEMU calls the disk. */
  readonly disk: string
  readonly kind: DiskJobKind
  /** The image that the machine has when it begins. */
  readonly path: string
  readonly format: DiskDevice['format']
  /** What comes of it: the image that the machine goes over to, or a copy. */
  readonly target?: JobTarget
  /** What QEMU calls the images of the disk, the uppermost first: before it, and when it is done. */
  readonly nodes: readonly string[]
  readonly nodesAfter: readonly string[]
  /** Bytes a second at most; absent: as fast as it goes. */
  readonly speed?: number
  /** Once it is ready it stays so, with both images alike, until somebody says how it ends. */
  readonly isHeld?: boolean
  /** Images that go when the machine has gone over, since all that they had is in the target. */
  readonly emptied?: readonly string[]
  /** RFC 3339. */
  readonly since: string
}

export interface JobTarget {
  readonly path: string
  readonly format: DiskDevice['format']
  /** The machine goes over to it. */
  readonly isPivot: boolean
  readonly node: string
  /** Its file has its name from the start, and not only when it is whole. */
  readonly isInPlace?: true
  /** Its file belongs to whoever asked for it, and stays where the job is given up. */
  readonly isForeign?: true
  /** It has only what the disk has of its own, and begins with what the disk begins with. */
  readonly isShallow?: true
}

/** A job is kept under this name: a disk has one at a time. */
export const jobName = ({ vm, disk }: Pick<DiskJob, 'vm' | 'disk'>): string => `${vm}.${disk}`
/** As QEMU calls it. */
export const jobId = ({ disk }: Pick<DiskJob, 'disk'>): string => `weft-${disk}`
export const diskOfJobId = (id: string): string | undefined => /^weft-(.+)$/.exec(id)?.[1]

/** What QEMU, the definition and the host say of it now. */
export interface SeenDiskJob {
  readonly isRunning: boolean
  /** QEMU's word for the job; undefined: it has none of that name. */
  readonly status?: string
  /** The image that the disk's device has open, where QEMU runs. */
  readonly open?: string
  /** The image that the definition names. */
  readonly defined?: string
  /** Whether the image stands on another one. */
  readonly hasBacking: boolean
}

/**
 * `wait`: QEMU is at it. `halt`: a copy is told that this is the moment it is of. `switch`: the definition goes over to the target, whose
 * content is the same at this moment. `link`: QEMU goes over to an overlay; `finalize`: to whatever its job has made. `finish`: what is no
 * longer needed goes. `turn-back`: the definition returns to where it was. `give-up`: what was begun goes.
 */
export type JobTurn = 'wait' | 'halt' | 'switch' | 'link' | 'finalize' | 'finish' | 'turn-back' | 'give-up'

/** A job that is over is held by QEMU (`pending`) until it is told to finish; the guest's requests wait as long. */
export function nextTurn(job: DiskJob, seen: SeenDiskJob): JobTurn {
  const { kind, target, isHeld } = job
  if (kind === 'pull') return pullTurn(seen)
  if (isHeld === true && seen.status === 'ready') return 'wait'
  if (target?.isPivot !== true) return copyTurn(seen.status)
  if (seen.defined === target.path) return switchedTurn(job, seen)
  if (kind === 'overlay' || seen.status === undefined) return 'give-up'
  return isOver(seen.status) ? 'switch' : 'wait'
}

const isOver = (status: string): boolean => status === 'ready' || status === 'pending'

function pullTurn({ status, hasBacking }: SeenDiskJob): JobTurn {
  if (status === undefined) return hasBacking ? 'give-up' : 'finish'
  return status === 'pending' ? 'finalize' : 'wait'
}

function copyTurn(status: string | undefined): JobTurn {
  switch (status) {
    case undefined:
      return 'give-up'
    case 'ready':
      return 'halt'
    case 'pending':
      return 'finish'
    default:
      return 'wait'
  }
}

/** The definition has gone over. */
function switchedTurn({ kind, path }: DiskJob, { isRunning, status, open }: SeenDiskJob): JobTurn {
  const isBehind = isRunning && open === path
  if (kind === 'overlay') return isBehind ? 'link' : 'finish'
  if (status === undefined) return isBehind ? 'turn-back' : 'finish'
  return isOver(status) ? 'finalize' : 'wait'
}

/** The same job, once somebody has said how it ends: the machine goes over, or a copy is of this moment. */
export function decided(job: DiskJob, isPivot: boolean): DiskJob {
  const { target, nodes, nodesAfter } = job
  if (target === undefined) return job
  const after = isPivot ? nodesAfter : nodes
  return { ...job, isHeld: false, target: { ...target, isPivot }, nodesAfter: after }
}
