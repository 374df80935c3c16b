/** What the HTTP API is asked: bodies of changing calls. `contract.ts` checks them at the door. */
import type { HardwareRequest } from './hardware-requests.ts'

/** A definition as text; the format is recognised when it is not named. */
export interface DefineNetworkRequest {
  readonly text: string
  readonly format?: 'xml' | 'yaml' | 'json'
  /** The file's name, for messages. */
  readonly source?: string
}

/** One thing of a network. Of the network that runs, of its definition, or, when neither is said, of whatever there is. */
export interface UpdateNetworkRequest {
  readonly command: 'add' | 'add-first' | 'add-last' | 'modify' | 'delete'
  /** As libvirt names them: ip-dhcp-host, dns-txt, ...; weft's own words too. */
  readonly section: string
  /** Words such as `mac=52:54:00:00:00:07`, or one XML element. */
  readonly entry: readonly string[]
  /** Which address of the network a reservation or range belongs to, from 0. */
  readonly parentIndex?: number
  readonly live?: boolean
  readonly config?: boolean
}

/** A machine's definition as text. */
export interface DefineVmRequest {
  readonly text: string
  /** The file's name, for messages. */
  readonly source?: string
}

export interface ImportVmRequest {
  readonly text: string
  readonly from: 'command' | 'libvirt'
  readonly source?: string
  readonly name?: string
  readonly nets?: readonly string[]
  readonly directory?: string
  readonly home?: string
}

export interface AutostartRequest {
  readonly autostart: boolean
}

export interface ResizeDiskRequest {
  /** Bytes. */
  readonly size: number
  /** Cutting off the end is refused unless this is said. */
  readonly mayShrink?: boolean
}

export interface UndoRequest {
  /** A number of the history; absent: the last change. */
  readonly number?: number
}

export interface CloneDiskRequest {
  /** Of the new disk. */
  readonly name: string
  readonly format?: 'qcow2' | 'raw'
  readonly pool?: string
}

export interface ImportDiskRequest extends CloneDiskRequest {
  /** Absolute; read as QEMU's user. */
  readonly path: string
  /** What the image is; absent: qcow2 or raw, as its first bytes say. */
  readonly from?: 'qcow2' | 'raw' | 'vmdk' | 'vdi' | 'vhdx' | 'vpc' | 'qed'
}

export interface ConvertDiskRequest {
  readonly format: 'qcow2' | 'raw'
}

/** Absent: as it is; 0: any. */
export interface LimitDiskRequest {
  readonly iops?: number
  readonly bps?: number
}

export interface OverlayDiskRequest {
  readonly name?: string
  readonly pool?: string
}

export interface AttachDiskRequest {
  /** As in the definition of a machine: `data`, `/srv/data.img,ro`. */
  readonly disk: string
}

export interface DefinePoolRequest {
  readonly name: string
  readonly path: string
}

export interface ImportImageRequest {
  /** Absolute; it is copied. */
  readonly path: string
  /** Absent: the file's, without its ending. */
  readonly name?: string
  /** `sha256:HEX` or `sha512:HEX`: refused when it is something else. */
  readonly checksum?: string
  /** Who logs in. */
  readonly user?: string
}

export interface CreateVmRequest extends HardwareRequest {
  readonly name: string
  readonly cpus?: number
  readonly memoryMiB?: number
  readonly cpuModel?: string
  readonly accelerator?: 'auto' | 'kvm' | 'tcg'
  readonly machine?: 'q35' | 'pc' | 'microvm'
  /** Absent: bios. */
  readonly firmware?: 'bios' | 'uefi' | 'uefi-secure'
  /** Version 2.0; absent: none. */
  readonly tpm?: boolean
  /** Directories of this host: `/srv/data:data`, `/srv/data:/data,ro`, `/srv/data:data,kind=9p`. */
  readonly shares?: readonly string[]
  /** `0000:01:00.0`, `1-2.3`, `0781:5567`: see `weft host device list`. */
  readonly devices?: readonly string[]
  /** Other processes may see its memory; absent: where a share needs it. */
  readonly sharedMemory?: boolean
  readonly boot?: readonly ('cd' | 'disk' | 'net')[]
  readonly kernel?: string
  readonly initrd?: string
  readonly append?: string
  /** Names of disks in the pool, or absolute paths. */
  readonly disks?: readonly string[]
  readonly cdroms?: readonly string[]
  /** What it is made from: name of an image, or an absolute path. The disk over it has the machine's name. */
  readonly image?: string
  /** Bytes of that disk; absent: room enough. */
  readonly imageDiskSize?: number
  readonly cloudInit?: CloudInitRequest
  /** Networks with what the NIC is like: `default,mac=52:54:00:00:00:01,ip=192.168.122.50,portgroup=fast,in=1000,out=500,isolated`. */
  readonly nets?: readonly string[]
  /** Ports of this host that lead to it: `8080:80`, `5353:53/udp,from=lan`. */
  readonly publish?: readonly string[]
}

/** What its guest is told at its first boot, if it has cloud-init. */
export interface CloudInitRequest {
  /** Who may log in; absent: the image's own user, where weft knows the image. */
  readonly user?: string
  /** Public keys, a line each. */
  readonly sshKeys?: readonly string[]
  /** Absent: the machine's name. */
  readonly hostName?: string
  /** Handed on as it is. */
  readonly userData?: string
}

/** What is absent stays as it is. */
export interface VmPolicyRequest {
  readonly onPoweroff?: 'destroy' | 'restart' | 'preserve'
  readonly onReboot?: 'destroy' | 'restart'
  readonly onCrash?: 'destroy' | 'restart' | 'preserve'
}

export interface CloneVmRequest {
  /** Of the new machine. */
  readonly name: string
  /** Its disks begin with those of the source, which is a template from then on. */
  readonly linked?: boolean
}

export interface RenameVmRequest {
  readonly name: string
}

export interface AutostartVmRequest {
  readonly autostart: boolean
  /** Lower ones first. */
  readonly order?: number
  /** How long the next one waits after this one. */
  readonly delaySeconds?: number
}

export interface SetVmRequest {
  /** Each for the NIC whose network it belongs to; none: no address is asked for any more. */
  readonly ips: readonly string[]
}

export interface AttachNicRequest {
  /** A network with what the NIC is like, as `nets` of a new machine. */
  readonly net: string
}

export interface MoveNicRequest {
  readonly network: string
}

export interface ChangeCdRequest {
  /** An absolute path; null: the drive is empty. */
  readonly path: string | null
}

export interface AddPortRequest {
  /** A named network namespace (`ip netns`), or the namespace of a process. */
  readonly netns?: string
  readonly pid?: number
  /** DNS name; default: the namespace's name. */
  readonly name?: string
  /** The interface's name inside the namespace; default eth0. */
  readonly interface?: string
  readonly mac?: string
  readonly ip?: string
  /** A class of NICs that the network has. */
  readonly portgroup?: string
  /** Its neighbours do not reach it. */
  readonly isolated?: boolean
}

export interface ExecRequest {
  /** The program and its words: no shell. */
  readonly argv: readonly string[]
  /** What it reads, as base64. */
  readonly input?: string
  /** How long to wait; 3600. */
  readonly limitSeconds?: number
}

/** What is absent stays as it is. */
export interface SetPortRequest {
  readonly link?: 'up' | 'down'
  /** Packets towards the guest: late by so much, lost, held to a rate. 0 ends it. */
  readonly delayMs?: number
  readonly lossPercent?: number
  readonly rateBits?: number
  /** Impairments that are not named here end; what the definition says holds again. */
  readonly clear?: boolean
  /** Which packets: default those to the guest. */
  readonly direction?: 'to-guest' | 'from-guest' | 'both'
}

/** Of the network where neither guest nor group is named. */
export interface AddRuleRequest {
  /** `allow in tcp 22 from 10.0.0.0/8`. */
  readonly rule: string
  readonly guest?: string
  readonly group?: string
  /** Before the rule of this number; absent: last. */
  readonly before?: number
}

/** What is absent stays as it is; `inherit` is as if it had never been said. */
export interface SetRulesRequest {
  readonly guest?: string
  readonly group?: string
  /** What becomes of packets to, and from, guests that no rule matches. */
  readonly in?: 'allow' | 'deny' | 'inherit'
  readonly out?: 'allow' | 'deny' | 'inherit'
  readonly antiSpoofing?: 'none' | 'mac' | 'address' | 'inherit'
  /** Of a guest: sender addresses it may use besides its own. */
  readonly addresses?: readonly string[]
}

export interface GroupMembersRequest {
  readonly members: readonly string[]
}
