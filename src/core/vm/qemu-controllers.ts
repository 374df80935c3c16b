/** Controllers of disks: those that a machine has only with a disk for them. */
import { fixedPlace, virtioDriver } from './qemu-topology.ts'
import type { VmSpec } from './spec.ts'

/** Those whose disks come and go while a machine runs: a machine keeps those that it was started with. */
export type DiskController = 'scsi' | 'usb'

const HOT: readonly DiskController[] = ['scsi', 'usb']

export const isHotBus = (bus: string): bus is DiskController => (HOT as readonly string[]).includes(bus)

export const controllersOf = ({ disks }: Pick<VmSpec, 'disks'>): DiskController[] =>
  HOT.filter((each) => disks.some(({ bus }) => bus === each))

/** q35 has an AHCI controller built in as ide.0 to ide.5; pc has two IDE channels and needs one for SATA disks. */
export function controllerArgs(
  spec: Pick<VmSpec, 'machine' | 'disks'>,
  controllers: readonly DiskController[] = controllersOf(spec),
): string[] {
  const { machine, disks } = spec
  const needsAhci = machine === 'pc' && disks.some(({ bus }) => bus === 'sata')
  return [
    ...(needsAhci ? ['-device', `ahci,id=ahci,${fixedPlace(machine, 'ahci')}`] : []),
    ...(controllers.includes('scsi')
      ? ['-device', `${virtioDriver(machine, 'virtio-scsi')},id=scsi,${fixedPlace(machine, 'scsi')}`]
      : []),
    // Not the tablet's: that one has few ports on q35, and on pc it is slow.
    ...(controllers.includes('usb')
      ? ['-device', `qemu-xhci,id=usb-disks,p2=15,p3=15,${fixedPlace(machine, 'usbDisks')}`]
      : []),
  ]
}
