/** The devices of a machine as QEMU arguments: disks, CDs, NICs, a source of randomness and a balloon. */
import type { BootIndex } from './boot-order.ts'
import { controllerArgs } from './qemu-controllers.ts'
import { diskArgs, fileOptions, idePlace, idePlaces } from './qemu-disks.ts'
import { fixedPlace, rootPortArgs, virtioDriver } from './qemu-topology.ts'
import { nicArgs, type Wires } from './qemu-nic.ts'
import type { CdromDevice, VmSpec } from './spec.ts'

/** As QEMU calls it. */
export const BALLOON = 'balloon0'

export function deviceArgs(spec: VmSpec, wires: Wires, bootIndex: BootIndex): string[] {
  const driver = (model: string): string => virtioDriver(spec.machine, `virtio-${model}`)
  return [
    ...rootPortArgs(spec, wires.lastSlot),
    ...controllerArgs(spec, wires.controllers),
    ...spec.disks.flatMap((disk, i) => diskArgs(spec, disk, i, bootIndex('disk', i))),
    ...spec.cdroms.flatMap((cdrom, i) => cdromArgs(spec, cdrom, i, bootIndex('cd', i))),
    ...spec.nics.flatMap((_, i) => nicArgs(spec, i, wires, bootIndex('net', i))),
    ...['-object', 'rng-builtin,id=rng0'],
    ...['-device', `${driver('rng')},id=random0,rng=rng0,${fixedPlace(spec.machine, 'rng')}`],
    // Memory that the guest has no use for goes back to the host.
    ...[
      '-device',
      `${driver('balloon')},id=${BALLOON},free-page-reporting=on,${fixedPlace(spec.machine, 'balloon')}`,
    ],
  ]
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

/** After the disks on the same controller. */
function cdromBus({ machine, disks }: VmSpec, position: number): string {
  return idePlace(machine, disks.filter(({ bus }) => bus === idePlaces(machine)).length + position)
}
