/** Devices of the host that a machine is given: as QEMU is told of them. */
import { isPciWord } from '../host/device-word.ts'
import { usbNode, type LentDevice } from '../host/lend-device.ts'
import type { VmContext } from './context.ts'
import type { HostDeviceSpec } from './hardware-spec.ts'
import { slotPlace } from './qemu-topology.ts'
import { escapeCommas } from './qemu-value.ts'
import type { VmSpec } from './spec.ts'

/** As QEMU calls it; its slot is its own for good. */
export const hostDeviceId = ({ slot = 0 }: HostDeviceSpec): string => `hostdev${String(slot)}`
/** A USB device has a controller to itself, so that it comes and goes as a PCI device does. */
export const usbBusOf = (device: HostDeviceSpec): string => `${hostDeviceId(device)}-usb`

/** What each device of the definition is on this host; absent while nobody has looked: then QEMU is told what the definition says. */
export function hostDeviceArgs(
  { machine, devices = [] }: VmSpec,
  context: Pick<VmContext, 'facts' | 'lent'>,
): string[] {
  return devices.flatMap((device, i) => {
    const place = slotPlace(machine, device.slot ?? 0)
    const id = hostDeviceId(device)
    if (isPciWord(device.device)) return ['-device', `vfio-pci,id=${id},host=${device.device},${place}`]
    const bus = usbBusOf(device)
    const lent = context.lent?.[i]
    const source =
      lent === undefined
        ? usbSource(device.device)
        : `hostdevice=${escapeCommas(usbNode(lent, context.facts))}`
    return [
      ...['-device', `qemu-xhci,id=${bus},${place}`],
      ...['-device', `usb-host,id=${id},bus=${bus}.0,${source}`],
    ]
  })
}

function usbSource(word: string): string {
  const [first = '', second = ''] = word.split(/[-:.](.*)/)
  if (word.includes(':')) return `vendorid=0x${first},productid=0x${second}`
  return word.includes('-') ? `hostbus=${first},hostport=${second}` : `hostbus=${first},hostaddr=${second}`
}

/** What QEMU needs beside the guest's memory, which an assigned device may write to and is therefore never swapped out: as libvirt has it. */
const MORE_LOCKED_MIB = 1024

/** Bytes that QEMU may lock; undefined where it need not. */
export function lockedBytes(
  { memoryMiB, maxMemoryMiB }: Pick<VmSpec, 'memoryMiB' | 'maxMemoryMiB'>,
  devices: readonly LentDevice[] | undefined,
): number | undefined {
  if (devices?.some(({ bus }) => bus === 'pci') !== true) return undefined
  return (Math.max(memoryMiB, maxMemoryMiB ?? 0) + MORE_LOCKED_MIB) * 1024 * 1024
}
