/** Work on disks that takes its time, and backups: their requests of the contract, with their shapes. */
import { boolean, integer, object, oneOf, optional, string } from './shape.ts'

/** Of what takes its time. */
export interface DiskJobRequest {
  /** The answer comes as soon as it has begun. */
  readonly background?: boolean
  /** Bytes a second at most. */
  readonly speed?: number
}

/** Of what the machine goes over to. */
export interface HeldJobRequest extends DiskJobRequest {
  /** Once it is ready it stays so until somebody says how it ends. */
  readonly hold?: boolean
}

export interface FinishJobRequest {
  /** The machine goes over; else a copy is of this moment. */
  readonly pivot?: boolean
}

export interface CopyDiskRequest extends HeldJobRequest {
  /** A new disk, or an absolute path. */
  readonly to: string
  readonly format?: 'qcow2' | 'raw'
  readonly pool?: string
  /** The machine goes over to the copy. */
  readonly pivot?: boolean
}

export interface CreateBackupRequest extends DiskJobRequest {
  /** A directory. */
  readonly to: string
  /** Only what has changed since the last one there. */
  readonly incremental?: boolean
  readonly quiesce?: boolean
}

export interface RestoreBackupRequest {
  readonly from: string
  /** Absent: the last. */
  readonly number?: number
}

const text = (description: string) => string({ description, minLength: 1, maxLength: 4096 })
const jobFields = {
  background: optional(boolean('the answer comes as soon as it has begun')),
  speed: optional(integer({ description: 'bytes a second at most', minimum: 1 })),
}
const heldFields = {
  hold: optional(boolean('once it is ready it stays so until somebody says how it ends')),
  ...jobFields,
}

export const DISK_JOB_REQUESTS = {
  diskJob: object<DiskJobRequest>(jobFields, 'DiskJobRequest'),
  heldJob: object<HeldJobRequest>(heldFields, 'HeldJobRequest'),
  finishJob: object<FinishJobRequest>(
    { pivot: optional(boolean('the machine goes over; else a copy is of this moment')) },
    'FinishJob',
  ),
  copyDisk: object<CopyDiskRequest>(
    {
      to: text('a new disk, or an absolute path'),
      format: optional(oneOf('qcow2', 'raw')),
      pool: optional(text('a pool; default is built in')),
      pivot: optional(boolean('the machine goes over to the copy')),
      ...heldFields,
    },
    'CopyDisk',
  ),
  createBackup: object<CreateBackupRequest>(
    {
      to: text('a directory, an absolute path'),
      incremental: optional(boolean('only what has changed since the last one there')),
      quiesce: optional(boolean('its guest holds its file systems still while it begins, by its agent')),
      ...jobFields,
    },
    'CreateBackup',
  ),
  restoreBackup: object<RestoreBackupRequest>(
    {
      from: text('the directory of the backups, an absolute path'),
      number: optional(integer({ description: 'which one; absent: the last', minimum: 1 })),
    },
    'RestoreBackup',
  ),
}
