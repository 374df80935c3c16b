/** Answers about work on disks. */

/** What QEMU is doing to a disk while the guest goes on. */
export interface DiskJobView {
  readonly vm: string
  /** What QEMU calls the disk. */
  readonly disk: string
  readonly kind: 'overlay' | 'commit' | 'pull' | 'copy'
  readonly path: string
  readonly target: string | null
  /** QEMU's word: running, ready, pending. */
  readonly status: string
  readonly done: number
  readonly total: number
  readonly since: string
}
