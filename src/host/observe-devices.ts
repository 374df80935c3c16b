/** Devices of this host, PCI and USB, as sysfs shows them; what hangs on each, and who has it open. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { release } from 'node:os'
import { basename } from 'node:path'
import { byAddress, VFIO, type DiskUse, type SeenDevice, type SeenDevices } from '../core/host/device.ts'
import { nameOfClass, nameOfDevice } from '../core/host/device-names.ts'
import type { KernelTrees } from '../core/host/facts.ts'
import { usbNode } from '../core/host/lend-device.ts'
import { listDirectory } from './observe-network-files.ts'
import { linkTarget, openFiles, programOf } from './open-files.ts'
import { readText } from './process-table.ts'

type Bus = SeenDevice['bus']
/** Before anybody has looked into the lists of names. */
type Bare = Omit<SeenDevice, 'name' | 'className'> & { readonly says?: string }

export function observeDevices(trees: KernelTrees): SeenDevices {
  const below = thingsBelow(trees)
  const holders = findHolders(trees)
  const found = [
    ...listDirectory(`${trees.sys}/bus/pci/devices`).map((name) => readPci(trees, name)),
    ...usbNames(trees).map((name) => readUsb(trees, name)),
  ].flatMap((device) => device ?? [])
  const whole = found.map((device) => {
    const node =
      device.bus === 'pci' ? `${trees.dev}/vfio/${String(device.group)}` : usbNode(device, { trees })
    const holder = holders.get(node)
    return { ...device, ...below(device), ...(holder === undefined ? {} : { holder }) }
  })
  const lists = { pci: nameList('pci', whole), usb: nameList('usb', whole) }
  return {
    devices: whole.map((device) => named(device, lists[device.bus])).sort(byAddress),
    vfio: vfioState(trees),
  }
}

function readPci({ sys }: KernelTrees, address: string): Bare | undefined {
  const read = attributesOf(`${sys}/bus/pci/devices/${address}`)
  const [vendor, product, classCode] = ['vendor', 'device', 'class'].map((name) =>
    read(name)?.replace(/^0x/, ''),
  )
  if (vendor === undefined || product === undefined || classCode === undefined) return undefined
  const group = linkName(`${sys}/bus/pci/devices/${address}/iommu_group`)
  const driver = linkName(`${sys}/bus/pci/devices/${address}/driver`)
  const override = read('driver_override')
  return {
    ...{ bus: 'pci', address, vendor, product, classCode },
    drivers: driver === undefined ? [] : [driver],
    ...(override === undefined || override === '(null)' || override === '' ? {} : { override }),
    ...(group === undefined ? {} : { group: Number(group) }),
    ...{ links: [], disks: [] },
  }
}

/** Without root hubs, which are the controllers' own, and without the interfaces of devices. */
function usbNames({ sys }: KernelTrees): string[] {
  return listDirectory(`${sys}/bus/usb/devices`).filter((name) => /^\d+-[\d.]+$/.test(name))
}

function readUsb(trees: KernelTrees, address: string): Bare | undefined {
  const directory = `${trees.sys}/bus/usb/devices/${address}`
  const read = attributesOf(directory)
  const [vendor, product] = [read('idVendor'), read('idProduct')]
  const [bus, device] = [Number(read('busnum')), Number(read('devnum'))]
  if (vendor === undefined || product === undefined || Number.isNaN(bus) || Number.isNaN(device))
    return undefined
  const parts = listDirectory(directory).filter((name) => name.startsWith(`${address}:`))
  const drivers = parts.flatMap((part) => linkName(`${directory}/${part}/driver`) ?? [])
  const own = read('bDeviceClass') ?? '00'
  // 00: each interface has a class of its own; ef: they belong together, and the first says what it is.
  const first = parts.map((part) => attributesOf(`${directory}/${part}`)('bInterfaceClass'))[0]
  const says = [read('manufacturer'), read('product')].filter((word) => word !== undefined && word !== '')
  return {
    ...{ bus: 'usb', address, vendor, product },
    classCode: own === '00' || own === 'ef' ? (first ?? own) : own,
    drivers,
    numbers: { bus, device },
    ...ownerOf(usbNode({ numbers: { bus, device } }, { trees })),
    ...(says.length === 0 ? {} : { says: says.join(' ') }),
    ...{ links: [], disks: [] },
  }
}

function ownerOf(node: string): Pick<Bare, 'owner'> {
  const seen = statSync(node, { throwIfNoEntry: false })
  return seen === undefined ? {} : { owner: { uid: seen.uid, gid: seen.gid } }
}

const attributesOf =
  (directory: string) =>
  (name: string): string | undefined =>
    readText(`${directory}/${name}`)?.trim()

/** Interfaces and disks by the place of their device in sysfs: whatever hangs on a controller hangs on what that one hangs on, too. */
function thingsBelow(trees: KernelTrees): (device: Bare) => Pick<SeenDevice, 'links' | 'disks'> {
  const { sys } = trees
  const list = (kind: string): { name: string; places: string[] }[] =>
    listDirectory(`${sys}/class/${kind}`).map((name) => ({
      name,
      places: placesOf(`${sys}/class/${kind}/${name}`),
    }))
  const [links, blocks] = [list('net'), list('block')]
  const uses = diskUses(trees)
  return ({ bus, address }) => {
    const own = realPath(`${sys}/bus/${bus}/devices/${address}`)
    const isBelow = ({ places }: { places: readonly string[] }): boolean =>
      own !== undefined && places.some((place) => place.startsWith(`${own}/`))
    return {
      links: links.filter(isBelow).map(({ name }) => name),
      disks: blocks.filter(isBelow).map(({ name }): DiskUse => ({ disk: name, uses: uses(name) })),
    }
  }
}

/** An NVMe disk that several controllers may lead to is no controller's: their names stand beside it. */
function placesOf(path: string): string[] {
  const place = realPath(path)
  if (place === undefined) return []
  const subsystem = /^.*\/nvme-subsystem\/[^/]+/.exec(place)?.[0]
  if (subsystem === undefined) return [place]
  const controllers = listDirectory(subsystem).filter((name) => /^nvme\d+$/.test(name))
  return controllers.flatMap((name) => realPath(`${subsystem}/${name}`) ?? []).map((each) => `${each}/`)
}

/** Mounts and swap, of a disk or of what is made of it: LVM, RAID, dm-crypt. */
function diskUses({ sys, dev, proc }: KernelTrees): (disk: string) => string[] {
  const mounts = (readText(`${proc}/self/mountinfo`) ?? '').split('\n').flatMap((line) => {
    // proc_pid_mountinfo(5): the source follows the fields that end with a dash. btrfs has a number that no disk has.
    const [front = '', back = ''] = line.split(' - ')
    const [, , number = '', , at = ''] = front.split(' ')
    const source = back.split(' ')[1] ?? ''
    return at === '' ? [] : [{ number, at: unescapeMount(at), disk: diskOf(source, dev) }]
  })
  const swaps = (readText(`${proc}/swaps`) ?? '')
    .split('\n')
    .map((line) => diskOf(line.split(/\s+/)[0] ?? '', dev))
  return function usesOf(disk: string): string[] {
    const number = readText(`${sys}/class/block/${disk}/dev`)?.trim()
    const own = mounts.filter((mount) => mount.number === number || mount.disk === disk).map(({ at }) => at)
    const made = listDirectory(`${sys}/class/block/${disk}/holders`).flatMap(usesOf)
    return [...new Set([...own, ...(swaps.includes(disk) ? ['swap'] : []), ...made])].sort()
  }
}

/** `/dev/mapper/x` is a link to `/dev/dm-0`. */
const diskOf = (source: string, dev: string): string | undefined =>
  source.startsWith('/dev/') ? basename(realPath(`${dev}/${source.slice(5)}`) ?? source) : undefined

const unescapeMount = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))

/** By the node under /dev that a program has open. */
function findHolders({ dev }: KernelTrees): Map<string, NonNullable<SeenDevice['holder']>> {
  const holders = new Map<string, NonNullable<SeenDevice['holder']>>()
  if (!existsSync(`${dev}/vfio`) && !existsSync(`${dev}/bus/usb`)) return holders
  for (const { pid, target } of openFiles()) {
    if (!target.startsWith(`${dev}/vfio/`) && !target.startsWith(`${dev}/bus/usb/`)) continue
    const program = programOf(pid)
    if (program !== undefined) holders.set(target, { program, pid })
  }
  return holders
}

/** Where distributions put the lists of names. */
const NAME_LISTS = ['/usr/share/misc', '/usr/share/hwdata']

function nameList(bus: Bus, devices: readonly Bare[]): string {
  if (devices.every((device) => device.bus !== bus)) return ''
  return (
    NAME_LISTS.map((directory) => readText(`${directory}/${bus}.ids`)).find((each) => each !== undefined) ??
    ''
  )
}

function named({ says, ...device }: Bare, list: string): SeenDevice {
  const name = says ?? nameOfDevice(list, device.vendor, device.product)
  const className = nameOfClass(list, device.bus, device.classCode)
  return {
    ...device,
    ...(name === undefined ? {} : { name }),
    ...(className === undefined ? {} : { className }),
  }
}

/** kmod's lists name what can be loaded and what is built in; they compress modules or not. */
function vfioState({ sys, modules }: KernelTrees): SeenDevices['vfio'] {
  if (existsSync(`${sys}/bus/pci/drivers/${VFIO}`)) return 'loaded'
  const lists = readText(`${modules}/${release()}/modules.dep`) ?? ''
  return new RegExp(`/${VFIO}\\.ko[.\\w]*:`).test(lists) ? 'loadable' : 'missing'
}

function linkName(path: string): string | undefined {
  const target = linkTarget(path)
  return target === undefined ? undefined : basename(target)
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
