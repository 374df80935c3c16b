/** What a machine has used so far: counters that only grow, so that any two looks give the speed between them. */
import type { GuestTraffic } from '../host/counters.ts'

export interface ProcessUsage {
  /** Of all threads: virtual CPUs, and what QEMU does for them. */
  readonly cpuSeconds: number
  /** Of that, outside and inside the kernel. */
  readonly userSeconds: number
  readonly systemSeconds: number
  /** Memory of the host that it has at this moment. */
  readonly residentBytes: number
}

/** One thread: a virtual CPU is one. */
export interface ThreadUsage {
  readonly cpuSeconds: number
  /** How long it could have run and did not get a CPU; undefined: this kernel does not count that. */
  readonly delayedNs: number | undefined
}

export interface DiskUsage {
  /** As QEMU's command line calls it: disk0, cd0. */
  readonly device: string
  readonly readBytes: number
  readonly writtenBytes: number
  readonly reads: number
  readonly writes: number
}

export interface NicUsage {
  /** The host's end. */
  readonly interface: string
  /** From the side of the guest. */
  readonly traffic: GuestTraffic
  /** Packets that were broken. */
  readonly errors: { readonly received: number; readonly sent: number }
}

/** The part of `query-blockstats` that is looked at. */
export interface BlockStats {
  readonly device?: string
  readonly 'node-name'?: string
  readonly stats: {
    readonly rd_bytes: number
    readonly wr_bytes: number
    readonly rd_operations: number
    readonly wr_operations: number
  }
}

export const diskUsage = ({ device, 'node-name': node, stats }: BlockStats): DiskUsage => ({
  device: node ?? device ?? '',
  readBytes: stats.rd_bytes,
  writtenBytes: stats.wr_bytes,
  reads: stats.rd_operations,
  writes: stats.wr_operations,
})
