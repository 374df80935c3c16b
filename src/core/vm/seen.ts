/** What the host shows of a machine and of what it needs: the `seen` of its planners and of its problems. */
import type { LentDevice } from '../host/lend-device.ts'

export interface SeenVm {
  readonly isRunning: boolean
  /** Its run directory is there: it runs, or it died and nobody has tidied up yet. */
  readonly hasRunDirectory: boolean
  /** The control group it was put into at its start. */
  readonly group?: string
  /** It was started with a TPM. */
  readonly hasTpm?: true
  /** Shares of it that have a process of their own, as QEMU calls them. */
  readonly shares?: readonly string[]
  /** Devices of this host that it was lent. */
  readonly lent?: readonly LentDevice[]
  /** Why it ended, where it did so by itself. */
  readonly because?: string
  /** What its QEMU said before it ended by itself. */
  readonly lastWords?: string
}

/** A file named by a definition. */
export interface SeenFile {
  /** The same for two paths that lead to one file. */
  readonly identity: string
  readonly isDirectory: boolean
  readonly qemuMayRead: boolean
  readonly qemuMayWrite: boolean
}
