/**
 * The buses of a machine. q35 has a PCI Express root port for each slot in use and a few spare ones, since a device is only plugged in
 * while the guest runs behind a port that is there; pc plugs devices into its one PCI bus. A microvm has a transport of virtio-mmio for
 * each device, into which nothing is plugged while it runs.
 */
import { WeftError } from '../errors.ts'
import { MOST_SLOTS, mostSlots, slotsOf, type Slotted } from './slots.ts'
import type { VmSpec } from './spec.ts'

/** Each costs QEMU's start about a millisecond, and the guest's boot some. */
const SPARE_PORTS = 4
/** The first device number of the root ports on q35, eight in each. */
const FIRST_PORT = 0x10
const PORTS_A_DEVICE = 8
/** After all others: kernels number disks in the order of their places, and the seed must not be the first. */
export const SEED_SLOT = MOST_SLOTS + 1
/** Slot 1 of pc. */
const FIRST_PC_DEVICE = 0x6

/** Devices every machine has, at the same place in all of them. */
const FIXED = {
  q35: {
    vga: '0x1',
    rng: '0x2',
    balloon: '0x3',
    ahci: '0x4',
    channels: '0x5',
    usb: '0x6',
    memory: '0x7',
    scsi: '0x8',
    usbDisks: '0x9',
  },
  // The last two beside the parts of its chipset: every other place is a slot.
  pc: {
    vga: '0x2',
    rng: '0x3',
    balloon: '0x4',
    ahci: '0x5',
    channels: '0x1f',
    scsi: '0x1.4',
    usbDisks: '0x1.5',
  },
} as const

export type FixedDevice = keyof (typeof FIXED)['pc']

/** Of a microvm; guests number disks from the last transport on, so that the seed has the first. */
const TRANSPORTS: Readonly<Partial<Record<FixedDevice, number>>> = {
  scsi: 4,
  channels: 3,
  balloon: 2,
  rng: 1,
}
const SEED_TRANSPORT = 0
const LAST_TRANSPORT = 23

const transportPlace = (transport: number): string => `bus=virtio-mmio-bus.${String(transport)}`

/** Where the model of a device is plugged in says its driver's name: `virtio-net-pci`. */
export const virtioDriver = (machine: VmSpec['machine'], model: string): string =>
  `${model}-${machine === 'microvm' ? 'device' : 'pci'}`

export function fixedPlace(machine: VmSpec['machine'], device: FixedDevice): string {
  if (machine === 'microvm') {
    const transport = TRANSPORTS[device]
    if (transport === undefined) throw new WeftError('internal', `a microvm has no place for '${device}'`)
    return transportPlace(transport)
  }
  return `bus=${machine === 'pc' ? 'pci.0' : 'pcie.0'},addr=${FIXED[machine][device]}`
}

/** Those that only q35 has a place for. */
export const q35Place = (device: Exclude<keyof (typeof FIXED)['q35'], FixedDevice>): string =>
  `bus=pcie.0,addr=${FIXED.q35[device]}`

/** Where a device with this slot is plugged in. */
export function slotPlace(machine: VmSpec['machine'], slot: number): string {
  if (machine === 'pc') return `bus=pci.0,addr=${hex(FIRST_PC_DEVICE + slot - 1)}`
  if (machine === 'microvm')
    return transportPlace(slot === SEED_SLOT ? SEED_TRANSPORT : LAST_TRANSPORT - (slot - 1))
  return `bus=${portId(slot)},addr=0x0`
}

/** `bus=pci.0,addr=0x6` as words for QMP. */
export const placeWords = (place: string): Readonly<Record<string, string>> =>
  Object.fromEntries(place.split(',').map((word) => word.split('=') as [string, string]))

/** The highest slot that something can be plugged into while a machine runs that was started so. */
export function lastSlot({ machine, ...devices }: Pick<VmSpec, 'machine'> & Slotted): number {
  const used = Math.max(0, ...slotsOf(devices))
  return machine === 'q35' ? Math.min(used + SPARE_PORTS, MOST_SLOTS) : mostSlots(machine)
}

export function rootPortArgs(spec: VmSpec, last = lastSlot(spec)): string[] {
  if (spec.machine !== 'q35') return []
  const slots = Array.from({ length: last }, (_, i) => i + 1)
  return [...slots, ...(spec.cloudInit === undefined ? [] : [SEED_SLOT])].flatMap(portArgs)
}

function portArgs(slot: number): string[] {
  const device = FIRST_PORT + Math.floor((slot - 1) / PORTS_A_DEVICE)
  const part = (slot - 1) % PORTS_A_DEVICE
  const place = `bus=pcie.0,addr=${hex(device)}.${hex(part)}${part === 0 ? ',multifunction=on' : ''}`
  return ['-device', `pcie-root-port,id=${portId(slot)},chassis=${String(slot)},${place}`]
}

const portId = (slot: number): string => `port${String(slot)}`
const hex = (value: number): string => `0x${value.toString(16)}`
