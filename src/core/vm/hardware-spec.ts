/** The hardware of a machine beyond what spec.ts says of it itself, as somebody wants it; near libvirt's elements. */
import type { KeptXml } from './spec.ts'

export interface HardwareSpec {
  /** QEMU's versioned name of `machine`, as `pc-q35-7.2`: what the guest finds stays the same with another QEMU. Absent: the newest at each start. */
  readonly machineVersion?: string
  /** libvirt's `<graphics>`; absent: nobody sees its screen but by `weft vm screenshot`. */
  readonly display?: DisplaySpec
  /** libvirt's `<video>`; absent: a standard VGA. */
  readonly video?: VideoCard
  /** libvirt's `<vcpu>`, where `cpus` is its `current`: how many it may be given while it runs. Absent: no more. */
  readonly maxCpus?: number
  /** libvirt's `<topology>`; absent: one socket of cores with one thread each. Their product is the most that it may have. */
  readonly topology?: CpuTopology
  /** libvirt's `<maxMemory>`, where `memoryMiB` is what it has now: how much it may be given while it runs. Absent: no more. */
  readonly maxMemoryMiB?: number
  /** libvirt's `<tpm>`: version 2.0, emulated, as a CRB device. */
  readonly tpm?: true
  /** libvirt's `<filesystem>`: directories of this host that the guest may mount. */
  readonly shares?: readonly ShareSpec[]
  /** libvirt's `<hostdev>`: PCI and USB devices of this host that it is given while it runs. */
  readonly devices?: readonly HostDeviceSpec[]
  /** libvirt's `<memoryBacking>` with shared access: other processes see its memory too, which virtiofs needs. */
  readonly sharedMemory?: true
  /** libvirt's `<sysinfo>`: what the firmware says of the machine's make, in the words of smbios.ts. */
  readonly smbios?: readonly string[]
}

export interface HostDeviceSpec {
  /** As core/host/device-word.ts keeps it: `0000:01:00.0`; of USB the port, maker and model, or its numbers. */
  readonly device: string
  /** libvirt's managed='no': somebody has bound it to vfio-pci, and it stays so. */
  readonly isUnmanaged?: true
  /** Its place on the PCI bus, given once (slots.ts). */
  readonly slot?: number
  readonly kept?: readonly KeptXml[]
}

export interface ShareSpec {
  /** Absolute path of a directory of this host. */
  readonly path: string
  /** What the guest mounts it by; a machine has each once. */
  readonly tag: string
  /** virtiofs: by a process of its own; 9p: by QEMU itself, as QEMU's user. */
  readonly kind: 'virtiofs' | '9p'
  readonly isReadOnly?: true
  /** Of 9p: owners and modes that the guest gives are kept beside the files. Absent: files are QEMU's user's. */
  readonly isMapped?: true
  /** Where a guest with cloud-init mounts it; absent: somebody in the guest does, or nobody. */
  readonly mountPoint?: string
  /** Its place on the PCI bus, given once (slots.ts). */
  readonly slot?: number
  readonly kept?: readonly KeptXml[]
}

/** `none`: the machine has no screen at all. */
export type VideoCard = 'virtio' | 'qxl' | 'none'

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
