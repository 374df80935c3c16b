/** Answers about work on disks. */

/** What QEMU is doing to a disk while the guest goes on. */
export interface DiskJobView {
  readonly vm: string
  /** What QEMU calls the disk. */
  readonly disk: string
  readonly kind: 'overlay' | 'commit' | 'pull' | 'copy' | 'backup'
  readonly path: string
  readonly target: string | null
  /** QEMU's word: running, ready, pending. */
  readonly status: string
  /** Once it is ready it stays so until somebody says how it ends. */
  readonly held: boolean
  readonly done: number
  readonly total: number
  readonly since: string
}

/** What was on the disks of a machine at one moment. */
export interface BackupView {
  readonly vm: string
  readonly number: number
  /** The number of the one it is based on; null: it has everything itself. */
  readonly parent: number | null
  readonly at: string
  readonly directory: string
  readonly disks: readonly { readonly disk: string; readonly path: string; readonly size: number }[]
}
