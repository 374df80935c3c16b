/** A NIC in QEMU: its end of the cable (the netdev) and the card the guest sees, as arguments and as what the monitor is told. */
import type { DiskController } from './qemu-controllers.ts'
import { placeWords, slotPlace, virtioDriver } from './qemu-topology.ts'
import { nicNumber } from './slots.ts'
import type { VmSpec } from './spec.ts'

/** How QEMU gets hold of the host's end of each NIC, and what the guest is told of its MTU. */
export interface Wires {
  readonly netdevs: readonly string[]
  readonly mtus: readonly (number | undefined)[]
  /** Root ports there are to be; absent: what follows from the spec. */
  readonly lastSlot?: number
  /** Cards without a boot ROM, as QEMU calls them, whatever the boot order says. */
  readonly romless?: readonly string[]
  /** Of disks; absent: what follows from the spec. */
  readonly controllers?: readonly DiskController[]
}

/** The card and, on its TAP, the mark have the same number. */
export const nicId = (spec: Pick<VmSpec, 'nics'>, position: number): string =>
  `nic${String(nicNumber(spec, position))}`
export const netdevId = (spec: Pick<VmSpec, 'nics'>, position: number): string =>
  `host-${nicId(spec, position)}`

export function nicArgs(
  spec: VmSpec,
  position: number,
  { netdevs, mtus, romless = [] }: Wires,
  bootIndex: number | undefined,
): string[] {
  const { driver, ...rest } = nicDevice(spec, position, mtus[position])
  const words = Object.entries(rest).map(([key, value]) => `${key}=${String(value)}`)
  // Without a place in the boot order a NIC gets no boot ROM: the BIOS would spend seconds in it.
  const hasRom = bootIndex !== undefined && !romless.includes(nicId(spec, position))
  const boot = !hasRom ? ROMLESS[spec.machine] : [`bootindex=${String(bootIndex)}`]
  return [
    ...['-netdev', `tap,id=${netdevId(spec, position)},${netdevs[position] ?? ''}`],
    ...['-device', [driver, ...words, ...boot].join(',')],
  ]
}

/** Only cards on PCI have a boot ROM. */
const ROMLESS = { q35: ['romfile='], pc: ['romfile='], microvm: [] } as const

interface NicDeviceWords extends Readonly<Record<string, string | number>> {
  readonly driver: string
}

/** As `device_add` takes it. */
export function nicDevice(spec: VmSpec, position: number, mtu: number | undefined): NicDeviceWords {
  const nic = spec.nics[position]
  const isVirtio = nic === undefined || nic.model === 'virtio'
  return {
    driver: isVirtio ? virtioDriver(spec.machine, 'virtio-net') : nic.model,
    id: nicId(spec, position),
    netdev: netdevId(spec, position),
    mac: nic?.mac ?? '',
    ...placeWords(slotPlace(spec.machine, nic?.slot ?? 0)),
    // Only virtio has a word for it; others hear of it by DHCP.
    ...(mtu !== undefined && nic?.model === 'virtio' ? { host_mtu: mtu } : {}),
  }
}
