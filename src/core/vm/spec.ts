/** A machine as somebody wants it. */
import type { Ipv4Address } from '../address/ipv4.ts'
import type { Ipv6Address } from '../address/ipv6.ts'
import type { MacAddress } from '../address/mac.ts'
import type { PublicationWord } from '../host/publication.ts'
import type { FirmwareSpec } from './firmware.ts'
import type { CloudInitSpec } from './cloud-init.ts'
import type { HardwareSpec } from './hardware-spec.ts'

export interface VmSpec extends HardwareSpec {
  readonly name: string
  readonly uuid: string
  readonly cpus: number
  readonly memoryMiB: number
  /** `host`, `max`, or a model name QEMU knows; absent: host under KVM, max under TCG. */
  readonly cpuModel?: string
  /** `auto`: KVM when it truly works, else TCG. */
  readonly accelerator: 'auto' | 'kvm' | 'tcg'
  readonly machine: MachineKind
  /** UEFI; absent: the BIOS that comes with QEMU. */
  readonly firmware?: FirmwareSpec
  /** Kinds, tried in this order; empty means disk, then cd, then net. Devices that have a place of their own (`bootOrder`) overrule it. */
  readonly boot: readonly BootDevice[]
  /** Boots a kernel directly instead of a disk. */
  readonly kernel?: { readonly path: string; readonly initrd?: string; readonly append?: string }
  readonly disks: readonly DiskDevice[]
  readonly cdroms: readonly CdromDevice[]
  readonly nics: readonly NicDevice[]
  /** What its guest is told at its first boot; absent: nothing. */
  readonly cloudInit?: CloudInitSpec
  /** What it was made from. */
  readonly image?: VmImage
  /** What becomes of it when its guest ends; absent: the default of each. */
  readonly lifecycle?: LifecyclePolicy
  /** It is started when the host has booted; absent: only when somebody starts it. */
  readonly autostart?: Autostart
  /** It is forgotten when it ends. */
  readonly isTransient?: true
  /** What its clock says at boot; absent: the time in UTC. */
  readonly clock?: 'localtime'
  readonly kept?: readonly KeptXml[]
}

/** PCs with PCI Express or PCI, and QEMU's smallest machine, which has no such bus at all. */
export type MachineKind = 'q35' | 'pc' | 'microvm'

/** What libvirt's XML says of a part that weft has no use for: given back as it stood. */
export interface KeptXml {
  /** The element it stands in, from its part on: `driver`; empty: the part itself. */
  readonly at: string
  readonly name: string
  /** Of an attribute. */
  readonly value?: string
  /** Of an element, tags included. */
  readonly xml?: string
}

export interface Autostart {
  /** Lower ones first, then by name; absent: 0. */
  readonly order?: number
  /** How long the next one waits after this one; absent: not at all. */
  readonly delaySeconds?: number
}

export interface VmImage {
  readonly name: string
  /** sha256 of its bytes; absent when it was named by its path. */
  readonly digest?: string
  /** Who logs in. */
  readonly user?: string
}

/** As libvirt's on_poweroff, on_reboot and on_crash. `preserve`: it stands still as it is, for a look at it. */
export interface LifecyclePolicy {
  /** The guest powers itself off; absent: destroy. */
  readonly onPoweroff?: EndPolicy
  /** The guest reboots; absent: restart. */
  readonly onReboot?: Exclude<EndPolicy, 'preserve'>
  /** The guest's kernel panics, or QEMU ends without anybody asking for it; absent: destroy. */
  readonly onCrash?: EndPolicy
}

export type EndPolicy = 'destroy' | 'restart' | 'preserve'

export type BootDevice = 'cd' | 'disk' | 'net'

/** `scsi` is virtio-scsi; `ide` is only in a pc. */
export type DiskBus = 'virtio' | 'scsi' | 'usb' | 'sata' | 'ide'

export interface DiskDevice {
  /** Absolute path of the image. */
  readonly path: string
  readonly format: 'qcow2' | 'raw'
  readonly bus: DiskBus
  /** Its place on the PCI bus, given once (slots.ts). */
  readonly slot?: number
  /** What QEMU calls it, where that is not its place in the list: it stays when disks before it have been detached. */
  readonly id?: string
  /** Several machines may read one image that nobody writes to. */
  readonly isReadOnly?: true
  /** With a key that weft keeps (storage/disk-key.ts). */
  readonly isEncrypted?: true
  /** Requests and bytes a second, read and written together; absent: any. */
  readonly iops?: number
  readonly bps?: number
  /** What a guest tells disks apart by: letters, digits and ` _.+-`; at most 20 of them, on SCSI 36. */
  readonly serial?: string
  readonly bootOrder?: number
  readonly kept?: readonly KeptXml[]
}

export interface CdromDevice {
  /** Absent: the drive is empty. */
  readonly path?: string
  readonly bootOrder?: number
  readonly kept?: readonly KeptXml[]
}

export interface NicDevice {
  readonly network: string
  readonly mac: MacAddress
  readonly model: 'virtio' | 'e1000' | 'e1000e' | 'rtl8139'
  /** Its place on the PCI bus, given once (slots.ts). */
  readonly slot?: number
  /** The address its guest shall get, where somebody has asked for one. Without it weft picks one and keeps it (network/kept-addresses.ts). */
  readonly ip?: Ipv4Address
  readonly ip6?: Ipv6Address
  /** A class of NICs that the network has; absent: its default one. */
  readonly portgroup?: string
  /** As the guest sees it; absent: what its port group says. */
  readonly bandwidth?: NicBandwidth
  /** Ports of this host that lead to it; absent: none. */
  readonly publish?: readonly PublicationWord[]
  /** Its neighbours do not reach it, whatever the network says. */
  readonly isIsolated?: true
  /** Its cable is out when the machine starts, until somebody plugs it in; absent: it is in. */
  readonly link?: 'down'
  /** A filter of libvirt's kind that its packets are held to, beside the rules of its network. */
  readonly filter?: NicFilter
  readonly bootOrder?: number
  readonly kept?: readonly KeptXml[]
}

export interface NicFilter {
  readonly name: string
  /** Values of its variables; one that stands several times has several. */
  readonly parameters?: readonly { readonly name: string; readonly value: string }[]
}

export interface NicBandwidth {
  readonly inbound?: NicRate
  readonly outbound?: NicRate
}

/** Kilobytes a second; the burst in kibibytes. */
export interface NicRate {
  readonly average: number
  readonly peak?: number
  readonly burst?: number
}
