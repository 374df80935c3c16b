/** What is seen of machines that run: what they use, and how a program inside one has ended. */
import type { CountView } from './views.ts'

/** Counters of a machine that runs: any two looks give the speed between them. */
export interface VmStatsView {
  readonly name: string
  readonly pid: number
  /** When it was counted: RFC 3339. */
  readonly at: string
  readonly cpus: number
  readonly memoryMiB: number
  /** CPU that its QEMU has used, all threads. */
  readonly cpuSeconds: number
  /** Memory of the host that it has. */
  readonly residentBytes: number
  readonly disks: readonly DiskUsageView[]
  readonly nics: readonly NicUsageView[]
}

export interface DiskUsageView {
  readonly device: string
  readonly readBytes: number
  readonly writtenBytes: number
  readonly reads: number
  readonly writes: number
}

/** From the side of the guest. */
export interface NicUsageView {
  readonly interface: string
  readonly received: CountView
  readonly sent: CountView
}

/** How a program in a guest has ended. */
export interface ExecView {
  /** null when a signal has ended it. */
  readonly exitCode: number | null
  readonly signal: number | null
  /** base64: it may be anything. */
  readonly stdout: string
  readonly stderr: string
  /** There was more than the agent keeps. */
  readonly isCut: boolean
}
