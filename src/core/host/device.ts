/** A device of this host, PCI or USB, as sysfs shows it: what one needs to know before a machine is given it. */
import type { Owner } from '../plan/action.ts'

export interface SeenDevice {
  readonly bus: 'pci' | 'usb'
  /** PCI: `0000:01:00.0`. USB: the port it is plugged into, as the kernel names it, `1-2.3`. */
  readonly address: string
  /** Four hexadecimal digits each. */
  readonly vendor: string
  readonly product: string
  /** PCI: six hexadecimal digits, class, subclass and programming interface. USB: two; those of its first interface where it has none of its own. */
  readonly classCode: string
  /** What the device says of itself, or what pci.ids and usb.ids say of it. */
  readonly name?: string
  readonly className?: string
  /** USB: one for each interface that has one. */
  readonly drivers: readonly string[]
  /** What somebody has written into the PCI device's driver_override. */
  readonly override?: string
  /** IOMMU group; absent: no IOMMU watches it. */
  readonly group?: number
  /** USB: its numbers, of which its node in /dev/bus/usb is made; they change when it is plugged in anew. */
  readonly numbers?: UsbNumbers
  /** USB: whose its node is, that QEMU opens. */
  readonly owner?: Owner
  /** Interfaces and block devices that this host has through it. */
  readonly links: readonly string[]
  readonly disks: readonly DiskUse[]
  /** The program that has it open, past the kernel's own drivers. */
  readonly holder?: { readonly program: string; readonly pid: number }
}

export interface UsbNumbers {
  readonly bus: number
  readonly device: number
}

export interface DiskUse {
  /** As in /dev: `sda2`. */
  readonly disk: string
  /** What uses it: mount points, and 'swap'; none: nobody, as far as the kernel tells. */
  readonly uses: readonly string[]
}

export interface SeenDevices {
  /** PCI first, by address. */
  readonly devices: readonly SeenDevice[]
  /** The driver that hands PCI devices to programs: loaded, a module that can be loaded, or not there. */
  readonly vfio: 'loaded' | 'loadable' | 'missing'
}

/** The driver that hands PCI devices to programs. */
export const VFIO = 'vfio-pci'

export const byAddress = (a: SeenDevice, b: SeenDevice): number =>
  a.bus === b.bus ? a.address.localeCompare(b.address, 'en', { numeric: true }) : a.bus === 'pci' ? -1 : 1
