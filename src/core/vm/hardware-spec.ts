/** The hardware of a machine beyond what spec.ts says of it itself, as somebody wants it; near libvirt's elements. */

export interface HardwareSpec {
  /** libvirt's `<graphics>`; absent: nobody sees its screen but by `weft vm screenshot`. */
  readonly display?: DisplaySpec
  /** libvirt's `<vcpu>`, where `cpus` is its `current`: how many it may be given while it runs. Absent: no more. */
  readonly maxCpus?: number
  /** libvirt's `<topology>`; absent: one socket of cores with one thread each. Their product is the most that it may have. */
  readonly topology?: CpuTopology
  /** libvirt's `<maxMemory>`, where `memoryMiB` is what it has now: how much it may be given while it runs. Absent: no more. */
  readonly maxMemoryMiB?: number
  /** libvirt's `<tpm>`: version 2.0, emulated, as a CRB device. */
  readonly tpm?: true
}

/** Always on a unix socket in the machine's run directory, never on an address. */
export interface DisplaySpec {
  readonly kind: 'vnc' | 'spice'
}

export interface CpuTopology {
  readonly sockets: number
  /** In each socket. */
  readonly cores: number
  /** In each core. */
  readonly threads: number
}
