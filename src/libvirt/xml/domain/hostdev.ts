/** `<hostdev>`: PCI and USB devices of the host that a machine is given. */
import type { DefinitionPlace } from '../../../core/vm/definition.ts'
import { isPciWord, parseDeviceWord } from '../../../core/host/device-word.ts'
import type { HostDeviceSpec } from '../../../core/vm/hardware-spec.ts'
import { hostDeviceId } from '../../../core/vm/host-devices.ts'
import type { VmSpec } from '../../../core/vm/spec.ts'
import type { Reading } from '../element-shape.ts'
import { given } from '../given.ts'
import { complain } from '../read-value.ts'
import type { HostdevData } from './domain-element.ts'
import { HOSTDEV_ELEMENT } from './hardware-element.ts'
import { keptOf, withKept } from './kept-parts.ts'

export function readHostdevs(
  all: readonly HostdevData[] | undefined,
  reading: Reading,
  places: Map<string, DefinitionPlace>,
): HostDeviceSpec[] | undefined {
  return all?.map((data, i) => {
    const path = `devices.hostdev[${String(i)}]`
    const place = reading.places.get(path)
    if (place !== undefined) places.set(`devices.${String(i)}`, place)
    return readHostdev(data, path, reading)
  })
}

const EXAMPLES = {
  pci: "<source><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>",
  usb: "<source><vendor id='0x0781'/><product id='0x5567'/></source>",
} as const

/** Of a PCI device libvirt takes a word missing for managed='no'; a USB device needs nobody to manage it. */
function readHostdev(data: HostdevData, at: string, reading: Reading): HostDeviceSpec {
  const { mode = 'subsystem', type = '', managed = 'no' } = data
  if (mode !== 'subsystem')
    complain(reading, `${at}.mode`, `a host device of mode '${mode}' is not supported`, "mode='subsystem'")
  if (type !== 'pci' && type !== 'usb') {
    complain(reading, `${at}.type`, `a host device of type '${type}' is not supported`, "type='pci' or 'usb'")
    return { device: '' }
  }
  const device = type === 'pci' ? pciWord(data) : usbWord(data)
  if (device === undefined)
    complain(reading, at, `nothing says which ${type.toUpperCase()} device it is`, EXAMPLES[type])
  const kept = keptOf(HOSTDEV_ELEMENT, data)
  return {
    device: device ?? '',
    ...given({
      isUnmanaged: type === 'pci' && managed !== 'yes' ? (true as const) : undefined,
      kept: kept.length === 0 ? undefined : kept,
    }),
  }
}

function pciWord({ source }: HostdevData): string | undefined {
  const { domain = '0', bus, slot, function: part = '0' } = source?.address ?? {}
  if (bus === undefined || slot === undefined) return undefined
  return parseDeviceWord(`${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${hex(part, 1)}`)
}

function usbWord({ source }: HostdevData): string | undefined {
  const { vendor, product, address } = source ?? {}
  if (vendor?.id !== undefined && product?.id !== undefined)
    return parseDeviceWord(`${hex(vendor.id, 4)}:${hex(product.id, 4)}`)
  const { bus, device, port } = address ?? {}
  if (bus === undefined) return undefined
  if (port !== undefined) return parseDeviceWord(`${String(Number(bus))}-${port}`)
  return device === undefined
    ? undefined
    : parseDeviceWord(`${String(Number(bus))}.${String(Number(device))}`)
}

/** libvirt takes decimal, hexadecimal and octal; NaN is no digit of an address. */
const hex = (text: string, digits: number): string =>
  Number(/^0\d+$/.test(text) ? `0o${text.slice(1)}` : text)
    .toString(16)
    .padStart(digits, '0')

/** libvirt has no word for a USB port: such a device is weft's own matter. */
const isPort = ({ device }: HostDeviceSpec): boolean => device.includes('-')

export function hostdevsData(
  { devices }: Pick<VmSpec, 'devices'>,
  isLive: boolean,
): HostdevData[] | undefined {
  return devices?.filter((each) => !isPort(each)).map((each) => hostdevData(each, isLive))
}

/** What the element does not say of it; undefined: nothing. */
export function restOfHostdev(device: HostDeviceSpec): object | undefined {
  if (isPort(device)) return device
  return device.slot === undefined ? undefined : { device: device.device, slot: device.slot }
}

function hostdevData(wanted: HostDeviceSpec, isLive: boolean): HostdevData {
  const { device, isUnmanaged, kept } = wanted
  const isPci = isPciWord(device)
  const data: HostdevData = {
    mode: 'subsystem',
    type: isPci ? 'pci' : 'usb',
    managed: isUnmanaged === true ? 'no' : 'yes',
    source: isPci ? pciSource(device) : usbSource(device),
    ...given({ alias: isLive ? { name: hostDeviceId(wanted) } : undefined }),
  }
  return withKept(HOSTDEV_ELEMENT, data, kept)
}

type Source = NonNullable<HostdevData['source']>

function pciSource(device: string): Source {
  const [domain = '', bus = '', slot = '', part = ''] = device.split(/[:.]/)
  return { address: { domain: `0x${domain}`, bus: `0x${bus}`, slot: `0x${slot}`, function: `0x${part}` } }
}

function usbSource(device: string): Source {
  const [first = '', second = ''] = device.split(/[:.](.*)/)
  if (device.includes(':')) return { vendor: { id: `0x${first}` }, product: { id: `0x${second}` } }
  return { address: { bus: first, device: second } }
}
