/** Why a device of this host cannot be given to a machine: nothing that the host itself needs goes away. */
import { VFIO, type SeenDevice, type SeenDevices } from './device.ts'
import type { LinkDetail } from './link-detail.ts'

export interface Refusal {
  /** Follows the device's name: 'it is ...'. */
  readonly because: string
  readonly hint: string
}

export interface DeviceSurroundings extends SeenDevices {
  readonly links: readonly LinkDetail[]
  /** This host is itself a virtual machine. */
  readonly isVirtual: boolean
}

/** Of the device alone; what shares its IOMMU group is another matter. */
export function deviceRefusal(device: SeenDevice, around: DeviceSurroundings): Refusal | undefined {
  return (
    partRefusal(device) ??
    diskRefusal(device) ??
    linkRefusal(device, around) ??
    (device.bus === 'pci' ? vfioRefusal(device, around) : undefined)
  )
}

/**
 * Devices of the same IOMMU group that have to go to the same machine: they could reach its memory otherwise, and VFIO does not hand out
 * a group with one of them at work for the host. Bridges and devices without a driver are no hindrance (iommu_device_claim_dma_owner).
 */
export function companions(device: SeenDevice, all: readonly SeenDevice[]): SeenDevice[] {
  if (device.group === undefined) return []
  return all.filter(
    (other) =>
      other.group === device.group &&
      other.address !== device.address &&
      !isBridge(other) &&
      other.drivers.some((driver) => !HARMLESS.includes(driver)),
  )
}

/** Drivers that leave a device's access to memory to others. */
const HARMLESS = [VFIO, 'pci-stub', 'pcieport']

/** A companion that the host needs keeps the device here, too. */
export function companyRefusal(device: SeenDevice, around: DeviceSurroundings): Refusal | undefined {
  for (const other of companions(device, around.devices)) {
    const refusal = deviceRefusal(other, around)
    if (refusal !== undefined)
      return {
        because: `it shares IOMMU group ${String(device.group)} with ${other.address}, which cannot be given away: ${refusal.because}`,
        hint: 'another slot of the board may be in a group of its own',
      }
  }
  return undefined
}

const isBridge = ({ bus, classCode }: SeenDevice): boolean => bus === 'pci' && classCode.startsWith('06')

function partRefusal(device: SeenDevice): Refusal | undefined {
  if (isBridge(device))
    return { because: 'it is a part of the board that others hang on', hint: 'give away what hangs on it' }
  if (device.bus === 'usb' && device.classCode === '09')
    return { because: 'it is a hub', hint: 'give away what is plugged into it' }
  return undefined
}

function diskRefusal({ disks }: SeenDevice): Refusal | undefined {
  const used = disks.find(({ uses }) => uses.length > 0)
  if (used === undefined) return undefined
  const [use = ''] = used.uses
  if (use === 'swap')
    return { because: `this host swaps to /dev/${used.disk} on it`, hint: `swapoff /dev/${used.disk}` }
  return {
    because: `/dev/${used.disk} on it is mounted at '${use}'`,
    hint: use === '/' ? 'this host runs from it: use another disk' : `umount ${use}`,
  }
}

function linkRefusal({ links }: SeenDevice, around: DeviceSurroundings): Refusal | undefined {
  for (const name of links) {
    const above = linksAbove(name, around.links)
    const via = (link: LinkDetail): string => (link.link.name === name ? '' : `, by ${link.link.name}`)
    const out = above.find(({ isWayOut }) => isWayOut === true)
    if (out !== undefined)
      return {
        because: `this host reaches the outside by its interface ${name}${via(out)}`,
        hint: 'let the default route take another card first: ip route',
      }
    const named = above.find(({ link }) => link.ipv4.length + link.ipv6.length > 0)
    const [address] = named === undefined ? [] : [...named.link.ipv4, ...named.link.ipv6]
    if (named !== undefined && address !== undefined)
      return {
        because: `this host is ${address.address}/${String(address.prefix)} on its interface ${name}${via(named)}`,
        hint: `when nobody needs that: ip address flush dev ${named.link.name}`,
      }
    const user = above.find(({ link }) => link.name !== name)
    if (user !== undefined)
      return { because: `${user.link.name} uses its interface ${name}`, hint: 'weft host link list' }
  }
  return undefined
}

/** The link, what it is plugged into, and what sits on it or on that. */
function linksAbove(name: string, all: readonly LinkDetail[]): LinkDetail[] {
  const names = new Set([name])
  for (let before = 0; before < names.size;) {
    before = names.size
    for (const { link, below } of all) {
      if (names.has(link.name) && link.master !== undefined) names.add(link.master)
      if (below !== undefined && names.has(below) && link.kind !== 'veth') names.add(link.name)
    }
  }
  return all.filter(({ link }) => names.has(link.name))
}

function vfioRefusal({ group }: SeenDevice, { vfio, isVirtual }: DeviceSurroundings): Refusal | undefined {
  if (group === undefined)
    return {
      because: "this host has no IOMMU at work, which keeps a machine's device within the machine's memory",
      hint: isVirtual
        ? 'this host is a virtual machine itself: its own host has to give it one'
        : 'switch VT-d or AMD-Vi on in the firmware, and boot with intel_iommu=on on Intel',
    }
  if (vfio === 'missing')
    return {
      because: `this host's kernel has no driver ${VFIO}`,
      hint: 'boot a kernel that has it: apt-get install linux-image-amd64',
    }
  return undefined
}
