/** libvirt's elements of what a machine is made of: its processors, its TPM, and where its screen is seen. */
import type { ElementShape } from '../element-shape.ts'

const ALIAS = { attributes: ['name'] } as const

export const CPU_ELEMENT = {
  keptAttributes: ['mode', 'match', 'check', 'migratable'],
  children: {
    model: {
      keptAttributes: ['fallback'],
      hasText: true,
      refused: { vendor_id: 'the guest sees the vendor of its model' },
    },
    vendor: 'kept',
    topology: { attributes: ['sockets', 'dies', 'clusters', 'cores', 'threads'] },
    cache: 'kept',
    maxphysaddr: 'kept',
    feature: { attributes: ['policy', 'name'], isMany: true },
  },
  refused: { numa: 'weft gives a machine one node of memory' },
} as const

export const TPM_ELEMENT = {
  attributes: ['model'],
  children: {
    backend: {
      attributes: ['type', 'version'],
      keptAttributes: ['persistent_state', 'debug'],
      refused: {
        device: "weft hands no TPM of the host to a guest: type='emulator'",
        encryption: "what a TPM keeps is in a directory that only QEMU's user may enter",
        active_pcr_banks: 'the guest chooses its banks itself',
        source: 'weft chooses where a TPM keeps its things, and speaks to it',
        profile: 'weft takes the TPM as swtpm makes it',
      },
    },
    alias: ALIAS,
    address: 'kept',
  },
} as const

/** Colours, compression and manners of SPICE and VNC are kept: viewers and QEMU agree on them. */
export const GRAPHICS_ELEMENT = {
  attributes: ['type', 'port', 'tlsPort', 'autoport', '@listen', 'socket'],
  keptAttributes: ['keymap', 'sharePolicy', 'defaultMode', 'powerControl'],
  children: {
    listen: { attributes: ['type', 'address', 'network', 'socket'], isMany: true },
    gl: { attributes: ['enable', 'rendernode'] },
    alias: ALIAS,
    channel: 'kept',
    image: 'kept',
    jpeg: 'kept',
    zlib: 'kept',
    playback: 'kept',
    streaming: 'kept',
    clipboard: 'kept',
    mouse: 'kept',
    filetransfer: 'kept',
    audio: 'kept',
  },
  refused: {
    passwd: 'a password does not belong into a definition, which others may read',
    passwdValidTo: 'a password does not belong into a definition, which others may read',
    connected: 'whoever may reach the socket may look',
    websocket: 'weft serves screens to no browser',
  },
} as const

/** Directories of the host that the guest mounts. How virtiofsd caches and locks is kept. */
export const FILESYSTEM_ELEMENT = {
  attributes: ['type', 'accessmode'],
  keptAttributes: ['model', 'multidevs'],
  children: {
    driver: {
      attributes: ['type'],
      keptAttributes: ['queue', 'wrpolicy', 'iommu', 'ats', 'packed', 'page_per_vq'],
    },
    binary: 'kept',
    source: { attributes: ['dir'], refused: { socket: 'weft starts what serves a directory itself' } },
    target: { attributes: ['dir'] },
    readonly: {},
    alias: ALIAS,
    address: 'kept',
  },
  isMany: true,
  refused: {
    fmode: 'files are made with the modes that the guest gives',
    dmode: 'directories are made with the modes that the guest gives',
    space_hard_limit: 'it is for containers',
    space_soft_limit: 'it is for containers',
    idmap: 'owners are the same on both sides',
  },
} as const

/** Devices of the host. How the guest sees their ROM is kept. */
export const HOSTDEV_ELEMENT = {
  attributes: ['mode', 'type', 'managed'],
  children: {
    driver: 'kept',
    source: {
      keptAttributes: ['startupPolicy', 'guestReset'],
      children: {
        vendor: { attributes: ['id'] },
        product: { attributes: ['id'] },
        address: { attributes: ['domain', 'bus', 'slot', 'function', 'port', 'device'] },
      },
    },
    alias: ALIAS,
    rom: 'kept',
    address: 'kept',
  },
  isMany: true,
  refused: {
    boot: 'weft boots from disks, CDs and networks',
    model: 'weft divides no device of the host',
    display: 'weft divides no device of the host',
    ramfb: 'weft divides no device of the host',
    shareable: 'one machine has it at a time',
    readonly: 'weft hands SCSI devices over as disks',
    teaming: 'weft teams no NICs',
    capabilities: 'it is for containers',
  },
} as const

export const MEMORY_BACKING_ELEMENT = {
  children: {
    nosharepages: 'kept',
    source: { attributes: ['type'] },
    access: { attributes: ['mode'] },
    discard: 'kept',
  },
  refused: {
    hugepages: 'weft chooses how the host backs memory',
    locked: 'weft keeps no memory from being swapped out',
    allocation: 'weft takes memory as the guest touches it',
  },
} as const

/** The key is the one that weft keeps of the disk: what libvirt's words name has to be that one. */
export const ENCRYPTION_ELEMENT = {
  attributes: ['format'],
  children: {
    secret: { attributes: ['type', 'usage', 'uuid'] },
  },
  refused: { cipher: 'QEMU reads it from the disk', ivgen: 'QEMU reads it from the disk' },
} as const satisfies ElementShape

const SMBIOS_PART = { children: { entry: { attributes: ['name'], isMany: true, hasText: true } } } as const

export const SYSINFO_ELEMENT = {
  attributes: ['type'],
  children: { bios: SMBIOS_PART, system: SMBIOS_PART, baseBoard: SMBIOS_PART, chassis: SMBIOS_PART },
  refused: { oemStrings: 'weft has no words of makers', entry: 'weft has no files in the firmware' },
} as const
