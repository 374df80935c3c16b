/** The keys of a machine in YAML and JSON: one table that is read, checked and written by. The compiler holds it to src/core/vm/spec.ts. */
import { readSmbios } from '../core/vm/smbios.ts'
import { parseIpv4 } from '../core/address/ipv4.ts'
import { parseIpv6 } from '../core/address/ipv6.ts'
import { parseMac } from '../core/address/mac.ts'
import { parseDeviceWord } from '../core/host/device-word.ts'
import { readPublication } from '../core/host/publication.ts'
import type { CloudInitSpec } from '../core/vm/cloud-init.ts'
import type { FirmwareSpec } from '../core/vm/firmware.ts'
import type { CpuTopology, DisplaySpec, HostDeviceSpec, ShareSpec } from '../core/vm/hardware-spec.ts'
import type {
  Autostart,
  CdromDevice,
  DiskDevice,
  KeptXml,
  LifecyclePolicy,
  NicBandwidth,
  NicDevice,
  NicFilter,
  NicRate,
  VmImage,
  VmSpec,
} from '../core/vm/spec.ts'

export type MachineShape =
  | { readonly kind: 'text'; readonly what: string; readonly parse?: (text: string) => string | undefined }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'count' | 'truth' | 'memory' }
  | { readonly kind: 'list'; readonly of: MachineShape }
  | MapShape

export interface MapShape {
  readonly kind: 'map'
  /** What it describes: 'a disk'. */
  readonly what: string
  readonly fields: Readonly<Record<string, MachineShape>>
  /** A word alone stands for a map with this field. */
  readonly short?: string
  /** Words that stand for something of their own: `firmware: uefi`. */
  readonly words?: readonly string[]
}

/** Fields that people know by another name. */
export const KEYS: Readonly<Record<string, string>> = {
  memoryMiB: 'memory',
  maxMemoryMiB: 'maxMemory',
  cpuModel: 'cpu',
  isReadOnly: 'readonly',
  isIsolated: 'isolated',
  isMapped: 'mapped',
  isSecure: 'secure',
  isEncrypted: 'encrypted',
  isUnmanaged: 'unmanaged',
}

type Fields<T> = { readonly [K in keyof Required<T>]: MachineShape }

const map = <T>(what: string, fields: Fields<T>, more: Pick<MapShape, 'short' | 'words'> = {}): MapShape => ({
  kind: 'map',
  what,
  fields: fields,
  ...more,
})
const list = (of: MachineShape): MachineShape => ({ kind: 'list', of })
const words = (...all: readonly string[]): MachineShape => ({ kind: 'words', words: all })
const COUNT: MachineShape = { kind: 'count' }
const TRUTH: MachineShape = { kind: 'truth' }
const MEMORY: MachineShape = { kind: 'memory' }
const TEXT: MachineShape = { kind: 'text', what: 'text' }
const parsed = (what: string, parse: (text: string) => string | undefined): MachineShape => ({
  kind: 'text',
  what,
  parse,
})
const PATH = parsed('an absolute path', (text) => (text.startsWith('/') ? text : undefined))

const DISK_PATH = parsed('an absolute path, or the name of a disk', (text) =>
  /^(\/|[A-Za-z0-9][\w.-]*$)/.test(text) ? text : undefined,
)

const KEPT = list(map<KeptXml>('what is kept of XML', { at: TEXT, name: TEXT, value: TEXT, xml: TEXT }))
type FilterParameter = NonNullable<NicFilter['parameters']>[number]
const RATE = map<NicRate>('a rate', { average: COUNT, peak: COUNT, burst: COUNT })
const END = words('destroy', 'restart', 'preserve')

const DISK = map<DiskDevice>(
  'a disk',
  {
    path: DISK_PATH,
    format: words('qcow2', 'raw'),
    bus: words('virtio', 'scsi', 'usb', 'sata', 'ide'),
    serial: TEXT,
    isReadOnly: TRUTH,
    isEncrypted: TRUTH,
    iops: COUNT,
    bps: COUNT,
    bootOrder: COUNT,
    slot: COUNT,
    id: TEXT,
    kept: KEPT,
  },
  { short: 'path' },
)

const NIC = map<NicDevice>(
  'a NIC',
  {
    network: TEXT,
    mac: parsed('a MAC address', parseMac),
    model: words('virtio', 'e1000', 'e1000e', 'rtl8139'),
    ip: parsed('an IPv4 address', parseIpv4),
    ip6: parsed('an IPv6 address', parseIpv6),
    publish: list(parsed('a port to publish, such as 8080:80 or 5353:53/udp,from=lan', readPublication)),
    portgroup: TEXT,
    bandwidth: map<NicBandwidth>('bandwidth', { inbound: RATE, outbound: RATE }),
    isIsolated: TRUTH,
    link: words('down'),
    filter: map<NicFilter>(
      'a filter',
      { name: TEXT, parameters: list(map<FilterParameter>('a parameter', { name: TEXT, value: TEXT })) },
      { short: 'name' },
    ),
    bootOrder: COUNT,
    slot: COUNT,
    kept: KEPT,
  },
  { short: 'network' },
)

const SHARE = map<ShareSpec>('a share', {
  path: PATH,
  tag: TEXT,
  kind: words('virtiofs', '9p'),
  isReadOnly: TRUTH,
  isMapped: TRUTH,
  mountPoint: TEXT,
  slot: COUNT,
  kept: KEPT,
})

const HOST_DEVICE = map<HostDeviceSpec>(
  'a device of the host',
  { device: parsed('a device of the host', parseDeviceWord), isUnmanaged: TRUTH, slot: COUNT, kept: KEPT },
  { short: 'device' },
)

/** In the order that people read. */
export const MACHINE = map<Omit<VmSpec, 'isTransient'>>('a machine', {
  name: TEXT,
  uuid: parsed('a UUID', (text) =>
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined,
  ),
  cpus: COUNT,
  maxCpus: COUNT,
  topology: map<CpuTopology>('a topology', { sockets: COUNT, cores: COUNT, threads: COUNT }),
  memoryMiB: MEMORY,
  maxMemoryMiB: MEMORY,
  sharedMemory: TRUTH,
  cpuModel: TEXT,
  accelerator: words('auto', 'kvm', 'tcg'),
  machine: words('q35', 'pc', 'microvm'),
  machineVersion: TEXT,
  firmware: map<FirmwareSpec>(
    'firmware',
    { code: PATH, template: PATH, isSecure: TRUTH },
    { words: ['uefi', 'uefi-secure'] },
  ),
  tpm: TRUTH,
  display: map<DisplaySpec>('a display', { kind: words('vnc', 'spice') }, { short: 'kind' }),
  video: words('virtio', 'qxl', 'none'),
  clock: words('localtime'),
  smbios: list(parsed('a word for SMBIOS', (word) => (readSmbios(word) === undefined ? undefined : word))),
  boot: list(words('cd', 'disk', 'net')),
  kernel: map<NonNullable<VmSpec['kernel']>>(
    'a kernel',
    { path: PATH, initrd: PATH, append: TEXT },
    { short: 'path' },
  ),
  disks: list(DISK),
  cdroms: list(
    map<CdromDevice>('a CD drive', { path: PATH, bootOrder: COUNT, kept: KEPT }, { short: 'path' }),
  ),
  nics: list(NIC),
  shares: list(SHARE),
  devices: list(HOST_DEVICE),
  cloudInit: map<CloudInitSpec>('cloudInit', {
    user: TEXT,
    hostName: TEXT,
    sshKeys: list(TEXT),
    userData: TEXT,
  }),
  image: map<VmImage>('an image', { name: TEXT, digest: TEXT, user: TEXT }),
  lifecycle: map<LifecyclePolicy>('a lifecycle', {
    onPoweroff: END,
    onReboot: words('destroy', 'restart'),
    onCrash: END,
  }),
  autostart: map<Autostart>('autostart', { order: COUNT, delaySeconds: COUNT }),
  kept: KEPT,
})
