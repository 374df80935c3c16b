/** The devices of a machine as QEMU arguments: disks, CDs, NICs, a source of randomness and a balloon. */
import { diskArgs, fileOptions } from './qemu-disks.ts'
import { fixedPlace, rootPortArgs } from './qemu-topology.ts'
import { nicArgs, type Wires } from './qemu-nic.ts'
import type { BootDevice, CdromDevice, VmSpec } from './spec.ts'

/** As QEMU calls it. */
export const BALLOON = 'balloon0'

/** Place in the boot order of the n-th device of a class; undefined when it is never booted from. */
export type BootIndex = (kind: BootDevice, position: number) => number | undefined

const DEFAULT_BOOT: readonly BootDevice[] = ['disk', 'cd', 'net']

/** Every device of a class comes before the next class. A kernel given directly needs no order. */
export function bootIndexes(spec: VmSpec): BootIndex {
  if (spec.kernel !== undefined) return () => undefined
  const order = spec.boot.length === 0 ? DEFAULT_BOOT : spec.boot
  const count = { disk: spec.disks.length, cd: spec.cdroms.length, net: spec.nics.length }
  return (kind, position) => {
    const place = order.indexOf(kind)
    if (place === -1) return undefined
    const before = order.slice(0, place).reduce((sum, other) => sum + count[other], 0)
    return before + position + 1
  }
}

export function deviceArgs(spec: VmSpec, wires: Wires, bootIndex: BootIndex): string[] {
  return [
    ...rootPortArgs(spec, wires.lastSlot),
    ...controllerArgs(spec),
    ...spec.disks.flatMap((disk, i) => diskArgs(spec, disk, i, bootIndex('disk', i))),
    ...spec.cdroms.flatMap((cdrom, i) => cdromArgs(spec, cdrom, i, bootIndex('cd', i))),
    ...spec.nics.flatMap((_, i) => nicArgs(spec, i, wires, bootIndex('net', i))),
    ...['-object', 'rng-builtin,id=rng0'],
    ...['-device', `virtio-rng-pci,id=random0,rng=rng0,${fixedPlace(spec.machine, 'rng')}`],
    // Memory that the guest has no use for goes back to the host.
    ...[
      '-device',
      `virtio-balloon-pci,id=${BALLOON},free-page-reporting=on,${fixedPlace(spec.machine, 'balloon')}`,
    ],
  ]
}

/** q35 has an AHCI controller built in as ide.0 to ide.5; pc has two IDE channels and needs one for SATA disks. */
function controllerArgs(spec: VmSpec): string[] {
  const needsOne = spec.machine === 'pc' && spec.disks.some((disk) => disk.bus === 'sata')
  return needsOne ? ['-device', `ahci,id=ahci,${fixedPlace(spec.machine, 'ahci')}`] : []
}

function cdromArgs(
  spec: VmSpec,
  cdrom: CdromDevice,
  position: number,
  bootIndex: number | undefined,
): string[] {
  const id = `cd${String(position)}`
  const boot = bootIndex === undefined ? '' : `,bootindex=${String(bootIndex)}`
  const drive = `bus=${cdromBus(spec, position)}${boot}`
  if (cdrom.path === undefined) return ['-device', `ide-cd,id=${id},${drive}`]
  const node = `driver=raw,node-name=${id},read-only=on,${fileOptions(cdrom.path)}`
  return ['-blockdev', node, '-device', `ide-cd,id=${id},drive=${id},${drive}`]
}

function cdromBus(spec: VmSpec, position: number): string {
  if (spec.machine === 'pc') return `ide.${String(Math.floor(position / 2))},unit=${String(position % 2)}`
  return `ide.${String(spec.disks.filter((disk) => disk.bus === 'sata').length + position)}`
}
