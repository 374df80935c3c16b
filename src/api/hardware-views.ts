/** What a machine is made of, and its screen, as they are shown; shapes and types together. */
import { array, boolean, integer, nullable, object, oneOf, string } from './shape.ts'

/** Where the screen of a machine is seen. */
export interface DisplayView {
  readonly kind: 'vnc' | 'spice' | 'none'
  /** A unix socket that root may connect to; null while the machine does not run. */
  readonly socket: string | null
}

export interface ScreenshotView {
  readonly format: 'png' | 'ppm'
  /** base64. */
  readonly data: string
}

/** The command that runs, or would run, a machine: as words, and as one line for a shell. */
export interface VmCommandView {
  readonly argv: readonly string[]
  readonly line: string
}

/** A directory of this host that the guest may mount. */
export interface ShareView {
  readonly path: string
  readonly tag: string
  readonly kind: 'virtiofs' | '9p'
  readonly readOnly: boolean
  /** Where a guest with cloud-init mounts it. */
  readonly mountPoint: string | null
}

/** A device of this host that it is given. */
export interface GivenDeviceView {
  /** As its definition names it. */
  readonly device: string
  /** weft takes it off its driver, and gives it back. */
  readonly managed: boolean
}

/** A part of what is shown of each machine. */
export interface HardwareView {
  /** As QEMU calls its type. */
  readonly machine: string
  readonly firmware: 'bios' | 'uefi' | 'uefi-secure'
  readonly tpm: boolean
  readonly shares: readonly ShareView[]
  readonly devices: readonly GivenDeviceView[]
  readonly display: 'vnc' | 'spice' | 'none'
  readonly video: 'vga' | 'virtio' | 'qxl' | 'none'
  /** How many it may be given while it runs. */
  readonly maxCpus: number
  readonly topology: { readonly sockets: number; readonly cores: number; readonly threads: number } | null
  readonly maxMemoryMiB: number
}

/** A NIC, with the best address that is known of it. */
export interface VmNicView {
  readonly network: string
  readonly mac: string
  /** The host's end, while the machine runs. */
  readonly interface: string | null
  readonly ip: string | null
  /** Who says so: dnsmasq, the agent in the guest, or this host's neighbour table. */
  readonly ipSource: 'lease' | 'agent' | 'arp' | null
}

const display = oneOf('vnc', 'spice', 'none')

const share = object<ShareView>(
  {
    path: string(),
    tag: string(),
    kind: oneOf('virtiofs', '9p'),
    readOnly: boolean(),
    mountPoint: nullable(string()),
  },
  'Share',
)

export const HARDWARE = {
  display: object<DisplayView>({ kind: display, socket: nullable(string()) }, 'Display'),
  command: object<VmCommandView>({ argv: array(string()), line: string() }, 'VmCommand'),
  screenshot: object<ScreenshotView>(
    { format: oneOf('png', 'ppm'), data: string({ description: 'base64' }) },
    'Screenshot',
  ),
  nic: object<VmNicView>({
    network: string(),
    mac: string(),
    interface: nullable(string()),
    ip: nullable(string()),
    ipSource: nullable(oneOf('lease', 'agent', 'arp')),
  }),
  hardware: object<HardwareView>(
    {
      machine: string(),
      firmware: oneOf('bios', 'uefi', 'uefi-secure'),
      tpm: boolean(),
      shares: array(share),
      devices: array(object<GivenDeviceView>({ device: string(), managed: boolean() }, 'GivenDevice')),
      display,
      video: oneOf('vga', 'virtio', 'qxl', 'none'),
      maxCpus: integer(),
      topology: nullable(object({ sockets: integer(), cores: integer(), threads: integer() })),
      maxMemoryMiB: integer(),
    },
    'Hardware',
  ),
} as const
