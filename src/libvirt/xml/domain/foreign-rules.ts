/**
 * What a `<domain>` of libvirt's own says that a machine can do without: left out, or made into what weft has, each with a sentence. Only for
 * machines that are imported; a definition that is written for weft is read as it stands.
 */
import type { XmlElement } from '../xml-tree.ts'

export interface ForeignRule {
  /** Names of elements from `<domain>` on. */
  readonly at: string
  /** The rule is about this attribute; absent: about the element. */
  readonly attribute?: string
  /** Of the attribute, or of the element's text; absent: whatever it is. */
  readonly value?: RegExp
  readonly holds?: (element: XmlElement, place: ForeignPlace) => boolean
  /** What stands there instead; absent: nothing. */
  readonly instead?: string
  /** It stays, and is only told of. */
  readonly stays?: true
  /** Absent: it makes no difference that anybody would want to hear of. */
  readonly why?: string
}

export interface ForeignPlace {
  /** Among those of its name. */
  readonly position: number
  readonly parent: XmlElement
}

const KERNEL = 'the kernel places what runs, and weft holds no machine back'
const SCREEN = 'the screen is on a socket that only its owner opens: weft vm display'
const NETWORK = 'the network has it'
const SERIAL = 'weft vm console joins its one serial port'

export const attributeOf = ({ attributes }: XmlElement, name: string): string | undefined =>
  attributes.find((each) => each.name === name)?.value
export const childOf = ({ children }: XmlElement, name: string): XmlElement | undefined =>
  children.find((each) => each.name === name)
const isOf =
  (kind: RegExp) =>
  ({ parent }: ForeignPlace): boolean =>
    kind.test(attributeOf(parent, 'device') ?? 'disk')
const isSecond = (_: XmlElement, { position }: ForeignPlace): boolean => position > 0
const all = (names: string, at: string, why?: string): ForeignRule[] =>
  names.split(' ').map((name) => ({ at: `${at}/${name}`, ...(why === undefined ? {} : { why }) }))

export const FOREIGN_RULES: readonly ForeignRule[] = [
  {
    at: 'domain/os/nvram',
    value: /./,
    stays: true,
    why: "its firmware remembers things anew; a guest that does not boot needs that file as the machine's own (weft vm show NAME --xml says where)",
  },
  ...all('cputune numatune memtune blkiotune throttlegroups', 'domain', KERNEL),
  { at: 'domain/memoryBacking', why: 'weft chooses how the host backs memory' },
  { at: 'domain/genid', why: 'weft gives a machine no generation id' },
  { at: 'domain/vcpu', attribute: 'cpuset', why: KERNEL },
  {
    at: 'domain/currentMemory',
    stays: true,
    holds: ({ text, attributes }, { parent }) => {
      const memory = childOf(parent, 'memory')
      return (
        childOf(parent, 'maxMemory') === undefined &&
        (memory?.text.trim() !== text.trim() || memory.attributes[0]?.value !== attributes[0]?.value)
      )
    },
    why: 'it begins with that much, and may be given the rest of its <memory> while it runs',
  },
  {
    at: 'domain/on_crash',
    value: /^coredump-destroy$/,
    instead: 'destroy',
    why: 'weft dumps no memory of a guest that crashed',
  },
  {
    at: 'domain/on_crash',
    value: /^coredump-restart$/,
    instead: 'restart',
    why: 'weft dumps no memory of a guest that crashed',
  },
  {
    at: 'domain/on_reboot',
    value: /^(preserve|rename-restart)$/,
    instead: 'restart',
    why: 'it is started again',
  },
  {
    at: 'domain/os/type',
    attribute: 'arch',
    value: /^i686$/,
    instead: 'x86_64',
    why: 'its processor can do more',
  },
  {
    at: 'domain/os/boot',
    attribute: 'dev',
    value: /^fd$/,
    instead: 'hd',
    why: 'no machine has a floppy drive',
  },
  ...all('kvm tcg', 'domain/features', 'weft hides KVM from no guest'),
  { at: 'domain/cpu/numa', why: 'weft gives a machine one node of memory' },
  { at: 'domain/cpu/model', attribute: 'vendor_id', why: 'the guest sees the vendor of its model' },
  {
    at: 'domain/clock',
    attribute: 'offset',
    value: /^(variable|absolute|timezone)$/,
    instead: 'utc',
    why: 'its clock says the time in UTC',
  },
  ...['adjustment', 'basis', 'timezone', 'start'].map((attribute) => ({ at: 'domain/clock', attribute })),
  {
    at: 'domain/devices/disk',
    holds: (element) => attributeOf(element, 'device') === 'floppy',
    why: 'no machine has a floppy drive',
  },
  {
    at: 'domain/devices/disk/target',
    attribute: 'bus',
    value: /^(ide|scsi|usb)$/,
    holds: (_, place) => isOf(/^cdrom$/)(place),
    instead: 'sata',
  },
  {
    at: 'domain/devices/disk/driver',
    attribute: 'cache',
    value: /^(writethrough|directsync)$/,
    why: 'weft writes through when the guest asks for it',
  },
  {
    at: 'domain/devices/disk/driver',
    attribute: 'copy_on_read',
    why: 'weft copies no disk while it is read',
  },
  ...all('geometry vendor product', 'domain/devices/disk', 'the guest sees what the file has'),
  ...all(
    'read_bytes_sec write_bytes_sec read_iops_sec write_iops_sec size_iops_sec group_name',
    'domain/devices/disk/iotune',
    'weft limits reads and writes together: weft disk limit',
  ),
  {
    at: 'domain/devices/interface/model',
    attribute: 'type',
    value: /^igb$/,
    instead: 'e1000e',
    why: 'weft has no such card: an e1000e instead',
  },
  {
    at: 'domain/devices/interface/model',
    attribute: 'type',
    value: /^virtio-(non-)?transitional$/,
    instead: 'virtio',
  },
  ...all('mtu ip route backend', 'domain/devices/interface', NETWORK),
  {
    at: 'domain/devices/interface/portForward',
    why: 'the guest has an address of its own, which this host reaches',
  },
  ...all('script downscript guest', 'domain/devices/interface', 'weft plugs NICs in itself'),
  {
    at: 'domain/devices/watchdog',
    holds: (element) => attributeOf(element, 'model') === 'itco',
    why: 'the chipset has it',
  },
  ...all('parallel smartcard pstore nvram', 'domain/devices', 'a guest does without'),
  { at: 'domain/devices/serial', holds: isSecond, why: SERIAL },
  {
    at: 'domain/devices/serial',
    holds: (element) => !['pty', 'unix'].includes(attributeOf(element, 'type') ?? 'pty'),
    why: SERIAL,
  },
  {
    at: 'domain/devices/console',
    holds: (element) =>
      (attributeOf(childOf(element, 'target') ?? element, 'type') ?? 'serial') !== 'serial' &&
      childOf(element, 'target') !== undefined,
    why: SERIAL,
  },
  {
    at: 'domain/devices/console',
    holds: (element) => !['pty', 'unix'].includes(attributeOf(element, 'type') ?? 'pty'),
    why: SERIAL,
  },
  {
    at: 'domain/devices/channel',
    holds: (element) =>
      !/^(org\.qemu\.guest_agent\.0|com\.redhat\.spice|org\.spice-space)/.test(
        attributeOf(childOf(element, 'target') ?? element, 'name') ?? '',
      ),
    why: "weft has no channel but that of the guest's agent",
  },
  {
    at: 'domain/devices/graphics',
    holds: (element) => !['vnc', 'spice'].includes(attributeOf(element, 'type') ?? ''),
    why: SCREEN,
  },
  { at: 'domain/devices/video', holds: isSecond, why: 'a machine has one video card' },
  {
    at: 'domain/devices/video',
    holds: (element) =>
      !['vga', 'virtio', 'qxl', 'none'].includes(
        attributeOf(childOf(element, 'model') ?? element, 'type') ?? 'vga',
      ),
    why: 'a standard VGA instead',
  },
  { at: 'domain/devices/graphics', holds: isSecond, why: 'a machine has one screen' },
  { at: 'domain/devices/graphics', attribute: 'passwd', why: SCREEN },
  { at: 'domain/devices/graphics', attribute: 'listen', value: /^(?!127\.|::1$|localhost$)/, why: SCREEN },
  {
    at: 'domain/devices/graphics/listen',
    holds: (element) => !/^(127\.|::1$|localhost$|$)/.test(attributeOf(element, 'address') ?? ''),
    why: SCREEN,
  },
  ...['port', 'tlsPort', 'websocket', 'passwdValidTo', 'connected'].map((attribute) => ({
    at: 'domain/devices/graphics',
    attribute,
  })),
  ...all('gl', 'domain/devices/graphics', 'weft draws without the host graphics card'),
]
