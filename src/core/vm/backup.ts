/** Backups of a machine that runs: all its disks at one moment, whole or only what has changed since an earlier one. */
import type { DiskDevice } from './spec.ts'

/** Kept beside the images of a backup, when they are whole. */
export interface Backup {
  readonly vm: string
  /** The directory that holds all backups of one series: DIR/VM/NUMBER. */
  readonly to: string
  readonly number: number
  /** Of this backup alone: what has changed since is counted under this name. */
  readonly id: string
  /** The number of the backup that this one is based on; absent: it has everything itself. */
  readonly parent?: number
  /** RFC 3339. */
  readonly at: string
  readonly disks: readonly BackupDisk[]
}

export interface BackupDisk {
  /** What QEMU calls it. */
  readonly disk: string
  /** The image it was read from. */
  readonly path: string
  readonly format: DiskDevice['format']
  readonly size: number
}

/** A backup that is under way: kept from before it begins until nothing of it is left. */
export interface BackupJob extends Backup {
  /** The uppermost node of each disk, in the same order. */
  readonly nodes: readonly string[]
  /** What was counted since the backup that this one is based on, or since others of the series, and is not needed after this one. */
  readonly countedBefore: readonly string[]
  readonly speed?: number
}

export const backupDirectory = ({ to, vm, number }: Pick<Backup, 'to' | 'vm' | 'number'>): string =>
  `${to}/${vm}/${String(number)}`
export const manifestFile = (backup: Pick<Backup, 'to' | 'vm' | 'number'>): string =>
  `${backupDirectory(backup)}/backup.json`
export const backupFile = (backup: Pick<Backup, 'to' | 'vm' | 'number'>, disk: string): string =>
  `${backupDirectory(backup)}/${disk}.qcow2`
export const backupJobId = (disk: string): string => `weft-backup-${disk}`
export const isBackupJob = (id: string): boolean => id.startsWith('weft-backup-')
export const backupNode = (disk: string): string => `backup-${disk}`
/** What a disk's writes are counted under, since that backup. */
export const bitmapName = (id: string): string => `weft-${id}`

/** Whoever asks for what is kept does not want to know of what was under way. */
export function formatBackup({ vm, to, number, id, parent, at, disks }: BackupJob): string {
  const backup: Backup = { vm, to, number, id, ...(parent === undefined ? {} : { parent }), at, disks }
  return `${JSON.stringify(backup, null, 2)}\n`
}

/** A QEMU job of it, as query-jobs has it. */
export interface SeenBackupJob {
  readonly id: string
  readonly status: string
  readonly error?: string
}

export const jobsOf = (
  { disks }: Pick<BackupJob, 'disks'>,
  jobs: readonly SeenBackupJob[],
): SeenBackupJob[] => disks.flatMap(({ disk }) => jobs.filter(({ id }) => id === backupJobId(disk)))

export type BackupTurn = 'wait' | 'keep' | 'finish' | 'give-up'

/** It is a backup from the moment at which its manifest is there, which is not before every job has come to a good end. */
export function nextBackupTurn(job: BackupJob, jobs: readonly SeenBackupJob[], isKept: boolean): BackupTurn {
  if (isKept) return 'finish'
  const own = jobsOf(job, jobs)
  if (own.length < job.disks.length || own.some(({ error }) => error !== undefined)) return 'give-up'
  return own.every(({ status }) => status === 'concluded') ? 'keep' : 'wait'
}
