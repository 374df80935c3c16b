/** Devices out of a tree of files: what hangs on each, through bridges, partitions and what is made of them. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getgid, getuid } from 'node:process'
import { after, test } from 'node:test'
import { layDownDevices, type FakeHost } from '../../test/support/device-tree.ts'
import type { SeenDevice, SeenDevices } from '../core/host/device.ts'
import { observeDevices } from './observe-devices.ts'

const scratch = mkdtempSync(join(tmpdir(), 'weft-devices-'))
after(() => {
  rmSync(scratch, { recursive: true })
})
let count = 0
const newBase = (): string => join(scratch, String(count++))
const look = (host: FakeHost): SeenDevices => observeDevices(layDownDevices(newBase(), host))
const find = ({ devices }: SeenDevices, address: string): SeenDevice | undefined =>
  devices.find((each) => each.address === address)

test('a PCI device has its driver, its group, and the interface behind it', () => {
  const seen = look({
    vfio: 'loadable',
    pci: [
      { address: '0000:00:01.0', is: '8086:3420 060400', driver: 'pcieport', group: 1 },
      {
        address: '0000:01:00.0',
        is: '8086:10d3 020000',
        driver: 'e1000e',
        group: 14,
        behind: '0000:00:01.0',
        has: ['net/enp1s0'],
      },
    ],
  })
  const { name, className, ...nic } = find(seen, '0000:01:00.0') ?? assert.fail()
  assert.deepEqual(nic, {
    bus: 'pci',
    address: '0000:01:00.0',
    vendor: '8086',
    product: '10d3',
    classCode: '020000',
    drivers: ['e1000e'],
    group: 14,
    links: ['enp1s0'],
    disks: [],
  })
  assert.match(className ?? '', /controller/)
  assert.ok(name === undefined || name.includes('Intel'))
  assert.deepEqual(find(seen, '0000:00:01.0')?.links, ['enp1s0'], 'what hangs behind a bridge hangs on it')
  assert.equal(seen.vfio, 'loadable')
})

test('the kernel may have vfio-pci, be able to load it, or not', () => {
  assert.equal(look({ pci: [] }).vfio, 'missing')
  assert.equal(look({ pci: [], vfio: 'loaded' }).vfio, 'loaded')
})

test('a disk is in use by what is mounted, swapped to, and made of it', () => {
  const seen = look({
    pci: [
      {
        address: '0000:00:1f.2',
        is: '8086:2922 010601',
        has: ['block/sda', 'block/sda/sda1', 'block/sda/sda2', 'block/sda/sda3'],
      },
    ],
    mounts: [
      ['sda1', '/boot'],
      ['dm-0', '/srv/two\\040words'],
    ],
    swaps: ['sda3'],
    made: { 'dm-0': 'sda2' },
  })
  assert.deepEqual(find(seen, '0000:00:1f.2')?.disks, [
    { disk: 'sda', uses: [] },
    { disk: 'sda1', uses: ['/boot'] },
    { disk: 'sda2', uses: ['/srv/two words'] },
    { disk: 'sda3', uses: ['swap'] },
  ])
})

test('an NVMe disk is found behind its controller, also where several could lead to it', () => {
  const base = newBase()
  const trees = layDownDevices(base, {
    pci: [{ address: '0000:02:00.0', is: '144d:a808 010802', driver: 'nvme', has: ['nvme/nvme0'] }],
    made: {},
    mounts: [['nvme0n1', '/']],
  })
  const subsystem = join(trees.sys, 'devices/virtual/nvme-subsystem/nvme-subsys0')
  mkdirSync(join(subsystem, 'nvme0n1'), { recursive: true })
  symlinkSync(join(trees.sys, 'class/nvme/nvme0'), join(subsystem, 'nvme0'))
  symlinkSync(join(subsystem, 'nvme0n1'), join(trees.sys, 'class/block/nvme0n1'))
  assert.deepEqual(find(observeDevices(trees), '0000:02:00.0')?.disks, [{ disk: 'nvme0n1', uses: ['/'] }])
})

test('a USB device is told by its port, and has a driver for each part', () => {
  const seen = look({
    pci: [{ address: '0000:00:14.0', is: '8086:a12f 0c0330', driver: 'xhci_hcd', group: 4 }],
    usb: [
      {
        port: '1-2.3',
        is: '0781:5567',
        number: 4,
        on: '0000:00:14.0',
        says: ['SanDisk', 'Cruzer Blade'],
        parts: [['08', 'usb-storage']],
        has: ['block/sdb'],
      },
    ],
  })
  assert.deepEqual(find(seen, '1-2.3'), {
    bus: 'usb',
    address: '1-2.3',
    vendor: '0781',
    product: '5567',
    classCode: '08',
    name: 'SanDisk Cruzer Blade',
    className: 'Mass Storage',
    drivers: ['usb-storage'],
    numbers: { bus: 1, device: 4 },
    owner: { uid: getuid?.(), gid: getgid?.() },
    links: [],
    disks: [{ disk: 'sdb', uses: [] }],
  })
  assert.deepEqual(find(seen, '0000:00:14.0')?.disks, [{ disk: 'sdb', uses: [] }])
  assert.deepEqual(
    seen.devices.map(({ address }) => address),
    ['0000:00:14.0', '1-2.3'],
  )
})

test('a host without any of it has nothing to show', () => {
  const base = newBase()
  const trees = { sys: `${base}/sys`, dev: `${base}/dev`, proc: `${base}/proc`, modules: `${base}/modules` }
  assert.deepEqual(observeDevices(trees), { devices: [], vfio: 'missing' })
})
