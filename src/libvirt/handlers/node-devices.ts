/** What the host is made of, as libvirt's node devices: the computer, what is on its PCI and USB buses, its interfaces. */
import type { App } from '../../app/ports.ts'
import type { SeenDevice } from '../../core/host/device.ts'
import type { SeenLink } from '../../core/host/link.ts'
import type { CallName } from '../wire/procedures.ts'
import { writeElement, type ElementData } from '../xml/element-shape.ts'
import { DEVICE_ELEMENT } from '../xml/host-elements.ts'
import { fail } from './failures.ts'
import { select } from './filters.ts'
import type { Context, Handlers } from './handler.ts'

interface NodeDevice {
  readonly name: string
  readonly parent: string | undefined
  readonly cap: 'system' | 'pci' | 'usb_device' | 'net'
  readonly part: DevicePart
}

/** What is inside `<device>`, after its name and parent. */
type DevicePart = Pick<ElementData<typeof DEVICE_ELEMENT>, 'driver' | 'capability'>

export const NODE_DEVICE_HANDLERS = {
  CONNECT_LIST_ALL_NODE_DEVICES: async (context, { need_results, flags }) => {
    const found = select(await devicesOf(context), flags, [
      {
        1: ({ cap }) => cap === 'system',
        2: ({ cap }) => cap === 'pci',
        4: ({ cap }) => cap === 'usb_device',
        8: () => false,
        16: ({ cap }) => cap === 'net',
        ...OTHER_KINDS,
      },
    ]).map(({ name }) => ({ name }))
    return { devices: need_results === 0 ? [] : found, ret: found.length }
  },
  NODE_NUM_OF_DEVICES: async (context, { cap }) => ({ num: (await named(context, cap)).length }),
  NODE_LIST_DEVICES: async (context, { cap, maxnames }) => ({
    names: (await named(context, cap)).slice(0, maxnames),
  }),
  NODE_DEVICE_LOOKUP_BY_NAME: async (context, { name }) => ({
    dev: { name: (await deviceOf(context, name)).name },
  }),
  NODE_DEVICE_GET_PARENT: async (context, { name }) => ({
    parentName: (await deviceOf(context, name)).parent ?? null,
  }),
  NODE_DEVICE_NUM_OF_CAPS: async (context, { name }) => {
    await deviceOf(context, name)
    return { num: 1 }
  },
  NODE_DEVICE_LIST_CAPS: async (context, { name, maxnames }) => ({
    names: [(await deviceOf(context, name)).cap].slice(0, maxnames),
  }),
  // They are there with the host, and nobody defines them.
  NODE_DEVICE_IS_ACTIVE: async (context, { name }) => {
    await deviceOf(context, name)
    return { active: 1 }
  },
  NODE_DEVICE_IS_PERSISTENT: async (context, { name }) => {
    await deviceOf(context, name)
    return { persistent: 1 }
  },
  NODE_DEVICE_GET_AUTOSTART: async (context, { name }) => {
    await deviceOf(context, name)
    return { autostart: 1 }
  },
  NODE_DEVICE_GET_XML_DESC: async (context, { name }) => {
    const { parent, part } = await deviceOf(context, name)
    const above = parent === undefined ? {} : { parent }
    return { xml: writeElement('device', DEVICE_ELEMENT, { name, ...above, ...part }) }
  },
} as const satisfies Partial<Handlers<Extract<CallName, `NODE_${string}` | 'CONNECT_LIST_ALL_NODE_DEVICES'>>>

/** virConnectListAllNodeDeviceFlags: SCSI, storage, mediated devices and so on, of which weft knows nothing. */
const OTHER_KINDS = Object.fromEntries(
  Array.from({ length: 16 }, (_, i) => [2 ** (i + 5), (): boolean => false]),
)

async function named(context: Context, cap: string | null): Promise<string[]> {
  const all = await devicesOf(context)
  return all.filter((device) => cap === null || device.cap === cap).map(({ name }) => name)
}

async function deviceOf(context: Context, name: string): Promise<NodeDevice> {
  const device = (await devicesOf(context)).find((each) => each.name === name)
  if (device === undefined)
    throw fail('noNodeDevice', 'nodeDevice', `no node device with matching name '${name}'`)
  return device
}

const COMPUTER = 'computer'

/** A look at every device takes a while, and clients ask for each of them one after the other. */
const RECENT_MS = 2000
const recent = new WeakMap<Context, { readonly at: number; readonly devices: Promise<NodeDevice[]> }>()

function devicesOf(context: Context): Promise<NodeDevice[]> {
  const now = context.app.chance.now().getTime()
  const known = recent.get(context)
  if (known !== undefined && now - known.at < RECENT_MS) return known.devices
  const devices = lookAtDevices(context)
  recent.set(context, { at: now, devices })
  return devices
}

async function lookAtDevices({ app, node }: Context): Promise<NodeDevice[]> {
  const [{ devices }, links] = await Promise.all([app.host.devices(), hostLinks(app)])
  const known = new Set(devices.map(nameOf))
  const computer: NodeDevice = {
    name: COMPUTER,
    parent: undefined,
    cap: 'system',
    part: computerPart(node.uuid()),
  }
  return [
    computer,
    ...devices.map((device): NodeDevice => {
      const isPci = device.bus === 'pci'
      const above = isPci ? undefined : usbName(device.address.replace(/[.-][^.-]*$/, ''))
      return {
        name: nameOf(device),
        parent: above !== undefined && known.has(above) ? above : COMPUTER,
        cap: isPci ? 'pci' : 'usb_device',
        part: isPci ? pciPart(device) : usbPart(device),
      }
    }),
    ...links.map((link): NodeDevice => {
      const through = devices.find((device) => device.links.includes(link.name))
      return {
        name: netName(link),
        parent: through === undefined ? COMPUTER : nameOf(through),
        cap: 'net',
        part: netPart(link),
      }
    }),
  ].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Ends of machines' NICs are not the host's. */
const hostLinks = async (app: App): Promise<SeenLink[]> =>
  (await app.host.links()).filter(({ kind }) => kind !== 'tun')

const word = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '_')
const usbName = (address: string): string => `usb_${word(address)}`
const nameOf = ({ bus, address }: SeenDevice): string =>
  bus === 'pci' ? `pci_${word(address)}` : usbName(address)
const netName = ({ name, mac }: SeenLink): string => `net_${word(name)}_${word(mac ?? '')}`

const computerPart = (uuid = '00000000-0000-0000-0000-000000000000'): DevicePart => ({
  capability: { type: 'system', hardware: { uuid }, firmware: {} },
})

function pciPart(device: SeenDevice): DevicePart {
  const { address, classCode, group, drivers } = device
  const [domain = '0', bus = '0', slot = '0', fun = '0'] = address.split(/[:.]/)
  const number = (hex: string): string => String(Number.parseInt(hex, 16))
  const [inDomain, inBus, inSlot, inFunction] = [domain, bus, slot, fun].map((hex) => `0x${hex}`)
  const place = { domain: inDomain, bus: inBus, slot: inSlot, function: inFunction } as Record<
    PciPlace,
    string
  >
  return {
    ...driverPart(drivers),
    capability: {
      type: 'pci',
      class: `0x${classCode}`,
      domain: number(domain),
      bus: number(bus),
      slot: number(slot),
      function: number(fun),
      ...idsPart(device),
      ...(group === undefined ? {} : { iommuGroup: { number: String(group), address: place } }),
    },
  }
}

type PciPlace = 'domain' | 'bus' | 'slot' | 'function'

const usbPart = (device: SeenDevice): DevicePart => ({
  ...driverPart(device.drivers),
  capability: {
    type: 'usb_device',
    bus: String(device.numbers?.bus ?? 0),
    device: String(device.numbers?.device ?? 0),
    ...idsPart(device),
  },
})

const driverPart = ([driver]: readonly string[]): Pick<DevicePart, 'driver'> =>
  driver === undefined ? {} : { driver: { name: driver } }

/** weft has one name of both together. */
const idsPart = ({ vendor, product, name }: SeenDevice) => ({
  product: { id: `0x${product}`, ...(name === undefined ? {} : { text: name }) },
  vendor: { id: `0x${vendor}` },
})

const netPart = ({ name, mac, isUp, hasCarrier }: SeenLink): DevicePart => ({
  capability: {
    type: 'net',
    interface: name,
    ...(mac === undefined ? {} : { address: mac }),
    link: { state: isUp && hasCarrier ? 'up' : 'down' },
    capability: { type: '80203' },
  },
})
