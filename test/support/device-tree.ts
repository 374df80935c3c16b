/** Devices as a kernel shows them, laid down as files: real directories and links, on which nobody acts. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import type { KernelTrees } from '../../src/core/host/facts.ts'

export interface FakePci {
  readonly address: string
  /** vendor:product, class: `8086:10d3 020000`. */
  readonly is: string
  readonly driver?: string
  readonly group?: number
  /** The bridge it hangs behind. */
  readonly behind?: string
  /** Below it: `net/eth0`, `block/sda`, `block/sda/sda1`. */
  readonly has?: readonly string[]
}

export interface FakeUsb {
  /** `1-2.3`. */
  readonly port: string
  readonly is: string
  readonly number: number
  /** PCI address of its controller. */
  readonly on: string
  readonly says?: readonly [maker: string, model: string]
  /** Class and driver of each interface. */
  readonly parts?: readonly (readonly [classCode: string, driver: string])[]
  readonly has?: readonly string[]
}

export interface FakeHost {
  readonly pci: readonly FakePci[]
  readonly usb?: readonly FakeUsb[]
  readonly vfio?: 'loaded' | 'loadable'
  /** Disk, where it is mounted. */
  readonly mounts?: readonly (readonly [disk: string, at: string])[]
  readonly swaps?: readonly string[]
  /** What is made of disks: `dm-0` of `sda3`. */
  readonly made?: Readonly<Record<string, string>>
}

export function treesUnder(base: string): KernelTrees {
  return {
    sys: join(base, 'sys'),
    dev: join(base, 'dev'),
    proc: join(base, 'proc'),
    modules: join(base, 'lib/modules'),
  }
}

export function layDownDevices(base: string, host: FakeHost): KernelTrees {
  const trees = treesUnder(base)
  const { sys, dev, proc, modules } = trees
  for (const directory of ['bus/pci/devices', 'bus/pci/drivers', 'class/net', 'class/block'])
    mkdirSync(join(sys, directory), { recursive: true })
  mkdirSync(dev, { recursive: true })
  for (const device of host.pci) layDownPci(sys, device)
  for (const device of host.usb ?? []) layDownUsb(trees, device)
  for (const [disk, of] of Object.entries(host.made ?? {})) {
    layDown(join(sys, `devices/virtual/block/${disk}`), { dev: numberOf(disk) })
    link(join(sys, `class/block/${disk}`), join(sys, `devices/virtual/block/${disk}`))
    link(join(sys, `class/block/${of}/holders/${disk}`), join(sys, `devices/virtual/block/${disk}`))
  }
  const mounts = (host.mounts ?? []).map(
    ([disk, at]) => `25 1 ${numberOf(disk)} / ${at} rw,relatime - ext4 /dev/${disk} rw`,
  )
  layDown(join(proc, 'self'), { mountinfo: mounts.join('\n') })
  const swaps = (host.swaps ?? []).map((disk) => `/dev/${disk}                  partition\t8388604 0 -2`)
  layDown(proc, { swaps: ['Filename Type Size Used Priority', ...swaps].join('\n') })
  if (host.vfio === 'loaded') mkdirSync(join(sys, 'bus/pci/drivers/vfio-pci'), { recursive: true })
  if (host.vfio === 'loadable')
    layDown(join(modules, release()), {
      'modules.dep': 'kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/x.ko',
    })
  return trees
}

function layDownPci(sys: string, device: FakePci): void {
  const { address, is, driver, group, behind, has = [] } = device
  const [ids = '', classCode = ''] = is.split(' ')
  const [vendor = '', product = ''] = ids.split(':')
  const place = join(sys, 'devices/pci0000:00', behind ?? '', address)
  layDown(place, {
    vendor: `0x${vendor}`,
    device: `0x${product}`,
    class: `0x${classCode}`,
    driver_override: '(null)',
  })
  link(join(sys, 'bus/pci/devices', address), place)
  if (driver !== undefined) {
    layDown(join(sys, 'bus/pci/drivers', driver), { bind: '', unbind: '' })
    link(join(place, 'driver'), join(sys, 'bus/pci/drivers', driver))
  }
  if (group !== undefined) {
    const directory = join(sys, 'kernel/iommu_groups', String(group))
    mkdirSync(join(directory, 'devices'), { recursive: true })
    link(join(directory, 'devices', address), place)
    link(join(place, 'iommu_group'), directory)
  }
  hang(sys, place, has)
}

function layDownUsb({ sys, dev }: KernelTrees, device: FakeUsb): void {
  const { port, is, number, on, says, parts = [], has = [] } = device
  const [idVendor = '', idProduct = ''] = is.split(':')
  const bus = port.split('-')[0] ?? ''
  const controller = join(sys, 'bus/pci/devices', on)
  const place = join(controller, `usb${bus}`, port)
  layDown(place, {
    ...{ idVendor, idProduct, busnum: bus, devnum: String(number), bDeviceClass: '00' },
    ...(says === undefined ? {} : { manufacturer: says[0], product: says[1] }),
  })
  parts.forEach(([bInterfaceClass, driver], i) => {
    const part = join(place, `${port}:1.${String(i)}`)
    layDown(part, { bInterfaceClass })
    mkdirSync(join(sys, 'bus/usb/drivers', driver), { recursive: true })
    link(join(part, 'driver'), join(sys, 'bus/usb/drivers', driver))
  })
  mkdirSync(join(sys, 'bus/usb/devices'), { recursive: true })
  link(join(sys, 'bus/usb/devices', port), place)
  const digits = (text: string): string => text.padStart(3, '0')
  layDown(join(dev, 'bus/usb', digits(bus)), { [digits(String(number))]: '' })
  hang(sys, place, has)
}

function hang(sys: string, place: string, has: readonly string[]): void {
  for (const each of has) {
    const name = basename(each)
    layDown(join(place, each), { dev: numberOf(name) })
    mkdirSync(join(place, each, 'holders'), { recursive: true })
    link(join(sys, 'class', each.split('/')[0] ?? '', name), join(place, each))
  }
}

/** Any number will do, as long as each disk has its own. */
const numberOf = (disk: string): string =>
  `259:${String(Number.parseInt(disk.replace(/[^a-z0-9]/g, ''), 36))}`

function layDown(directory: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(directory, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), `${text}\n`)
}

function link(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(relative(dirname(path), target), path)
}
