/** Slots: the place of each pluggable device, given once and kept, so that a guest's devices do not move when one comes or goes. */
import type { VmSpec } from './spec.ts'

/** How many NICs, disks, shares and devices of the host fit in; each has a PCI slot of its own. */
export const MOST_SLOTS = 24
/** A microvm has 24 transports of virtio-mmio; five of them are for what every machine has, SCSI and the seed. */
const MOST_MICROVM_SLOTS = 19

export const mostSlots = (machine: VmSpec['machine']): number =>
  machine === 'microvm' ? MOST_MICROVM_SLOTS : MOST_SLOTS

/** Those that have no slot yet get the lowest free ones: NICs first, whose names in the guest come from it. */
export function withSlots(spec: VmSpec): VmSpec {
  const taken = new Set(slotsOf(spec))
  const next = (): number => {
    let slot = 1
    while (taken.has(slot)) slot += 1
    taken.add(slot)
    return slot
  }
  const nics = spec.nics.map((nic) => (nic.slot === undefined ? { ...nic, slot: next() } : nic))
  const disks = spec.disks.map((disk) =>
    disk.slot === undefined && disk.bus === 'virtio' ? { ...disk, slot: next() } : disk,
  )
  const shares = spec.shares?.map((share) => (share.slot === undefined ? { ...share, slot: next() } : share))
  const devices = spec.devices?.map((each) => (each.slot === undefined ? { ...each, slot: next() } : each))
  return {
    ...spec,
    nics,
    disks,
    ...(shares === undefined ? {} : { shares }),
    ...(devices === undefined ? {} : { devices }),
  }
}

export type Slotted = Pick<VmSpec, 'nics' | 'disks' | 'shares' | 'devices'>

/** Those that are taken. */
export const slotsOf = ({ nics, disks, shares = [], devices = [] }: Slotted): number[] =>
  [...nics, ...disks, ...shares, ...devices].flatMap(({ slot }) => slot ?? [])

/** The lowest that is free in all of them. */
export function freeSlotOf(all: readonly Slotted[]): number {
  const taken = new Set(all.flatMap(slotsOf))
  let slot = 1
  while (taken.has(slot)) slot += 1
  return slot
}

/** The number of a NIC in QEMU and on its TAP, from 0. Machines started by an earlier weft have no slots: there it is the position. */
export function nicNumber({ nics }: Pick<VmSpec, 'nics'>, position: number): number {
  const slot = nics[position]?.slot
  return slot === undefined ? position : slot - 1
}
