/** The USB bus of machines that have something to put on it: `usb.0`. */
import { q35Place } from './qemu-topology.ts'
import type { VmSpec } from './spec.ts'

/** pc has no free place on its bus but the one where its chipset has always had its controller. */
export function usbArgs(spec: VmSpec): string[] {
  if (spec.display === undefined) return []
  if (spec.machine === 'pc') return ['-device', 'piix3-usb-uhci,id=usb,bus=pci.0,addr=0x1.2']
  return ['-device', `qemu-xhci,id=usb,${q35Place('usb')}`]
}
