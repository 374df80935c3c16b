/** What a device of this host is, what the host does with it, and whether a machine can have it: `weft host device list`. */
import type { SeenDevice } from './device.ts'
import {
  companions,
  companyRefusal,
  deviceRefusal,
  type DeviceSurroundings,
  type Refusal,
} from './device-refusal.ts'

export interface DeviceStory {
  /** What it is and what is done with it, in a sentence. */
  readonly text: string
  /** Absent: a machine can have it. */
  readonly refusal?: Refusal
  /** Addresses of those that the same machine must be given with it. */
  readonly goesWith: readonly string[]
}

export function explainDevice(device: SeenDevice, around: DeviceSurroundings): DeviceStory {
  const refusal = deviceRefusal(device, around) ?? companyRefusal(device, around)
  const goesWith = companions(device, around.devices).map(({ address }) => address)
  return {
    text: [whatItIs(device), ...carried(device), ...driven(device)].join('; '),
    ...(refusal === undefined ? {} : { refusal }),
    goesWith,
  }
}

function whatItIs({ bus, className, name, vendor, product }: SeenDevice): string {
  const kind = className ?? (bus === 'pci' ? 'PCI device' : 'USB device')
  return `${kind}: ${name ?? 'of a make that nobody here knows'} (${vendor}:${product})`
}

function carried({ links, disks }: SeenDevice): string[] {
  const uses = disks.map(({ disk, uses: at }) =>
    at.length === 0 ? disk : `${disk} (${at.map((use) => (use === 'swap' ? use : `at ${use}`)).join(', ')})`,
  )
  const all = [...links, ...uses]
  return all.length === 0 ? [] : [`this host has ${all.join(', ')} through it`]
}

function driven({ drivers, holder }: SeenDevice): string[] {
  const program =
    holder === undefined ? [] : [`${holder.program} (process ${String(holder.pid)}) has it open`]
  if (drivers.length === 0) return ['no driver has it', ...program]
  return [`driver ${[...new Set(drivers)].join(', ')}`, ...program]
}
