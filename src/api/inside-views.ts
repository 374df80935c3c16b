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
  /** What its guest says of its own memory; null: nothing yet, or it has no driver for its balloon. */
  readonly guestMemory: GuestMemoryView | null
}

/** Bytes; null where the guest does not say. It is asked at each look, and this is its answer to the one before. */
export interface GuestMemoryView {
  /** When it said so: RFC 3339. */
  readonly at: string
  readonly total: number | null
  /** What programs could have without anything being swapped out. */
  readonly available: number | null
  readonly free: number | null
  readonly caches: number | null
  /** Since it has booted. */
  readonly swappedIn: number | null
  readonly swappedOut: number | null
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

/** One address of a NIC of a machine that runs. */
export interface VmAddressView {
  readonly mac: string
  readonly network: string
  /** The host's end. */
  readonly interface: string | null
  /** What the guest calls it, where its agent tells. */
  readonly guestInterface: string | null
  readonly ip: string
  /** Where its agent tells. */
  readonly prefix: number | null
  /** Who says so: dnsmasq, the agent in the guest, or this host's neighbour table. */
  readonly source: 'lease' | 'agent' | 'arp'
}

/** A file that was written into a guest. */
export interface WrittenView {
  readonly bytes: number
  /** It has been under its own name all the while: the guest has no shell that its agent may run. */
  readonly isInPlace: boolean
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
