/** What a machine is to be made of, beyond disks and NICs: a part of CreateVmRequest, and what `weft vm set` changes. */
import { integer, object, oneOf, optional, string } from './shape.ts'
import type { Fields } from './shape.ts'

export interface HardwareRequest {
  /** Absent: vnc, but for machines that speak on their serial port alone. */
  readonly display?: 'vnc' | 'spice' | 'none'
  /** Absent: vga. */
  readonly video?: 'vga' | 'virtio' | 'qxl' | 'none'
  /** How many processors it may be given while it runs; absent: no more. */
  readonly maxCpus?: number
  /** Their product is maxCpus. */
  readonly topology?: TopologyRequest
  /** How much memory it may be given while it runs; absent: no more. */
  readonly maxMemoryMiB?: number
}

export interface TopologyRequest {
  readonly sockets: number
  readonly cores: number
  readonly threads: number
}

/** What is absent stays as it is. */
export interface SetHardwareRequest extends HardwareRequest {
  /** With a new maxCpus or topology, of which what is absent goes. */
  readonly cpus?: number
  readonly memoryMiB?: number
}

export const SHARE_WORDS =
  'a directory: /HOST/DIRECTORY:TAG or /HOST/DIRECTORY:/GUEST/DIRECTORY; ro, kind=virtiofs|9p and mapped may follow, joined by commas'

export const DEVICE_WORDS =
  'a device of the host: a PCI address 0000:01:00.0, a USB port 1-2.3, or maker and model of a USB device 0781:5567'

export interface AttachShareRequest {
  /** `/srv/data:data`, `/srv/data:data,ro`. */
  readonly share: string
}

export interface AttachDeviceRequest {
  /** `0000:01:00.0`, `1-2.3`, `0781:5567`. */
  readonly device: string
}

const most = integer({ description: 'how many it may be given while it runs', minimum: 1, maximum: 1024 })
const mebibytes = integer({ description: 'MiB', minimum: 1 })
const parts = integer({ minimum: 1, maximum: 1024 })

export const HARDWARE_REQUEST: Fields<HardwareRequest> = {
  display: optional(oneOf('vnc', 'spice', 'none')),
  video: optional(oneOf('vga', 'virtio', 'qxl', 'none')),
  maxCpus: optional(most),
  topology: optional(object<TopologyRequest>({ sockets: parts, cores: parts, threads: parts }, 'Topology')),
  maxMemoryMiB: optional(mebibytes),
}

export const SET_HARDWARE = object<SetHardwareRequest>(
  { ...HARDWARE_REQUEST, cpus: optional(parts), memoryMiB: optional(mebibytes) },
  'SetHardware',
)

export const ATTACH_SHARE = object<AttachShareRequest>(
  { share: string({ description: SHARE_WORDS, minLength: 1, maxLength: 4096 }) },
  'AttachShare',
)

export const ATTACH_DEVICE = object<AttachDeviceRequest>(
  { device: string({ description: DEVICE_WORDS, minLength: 1, maxLength: 64 }) },
  'AttachDevice',
)
