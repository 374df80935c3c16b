/** PCI and USB devices of a host, told through weftd: recorded ones under its root, and this machine's own. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { HostDeviceView } from '../../src/api/host-views.ts'
import { layDownDevices } from '../support/device-tree.ts'
import { host, newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  const root = newRoot()
  layDownDevices(root, {
    vfio: 'loadable',
    pci: [
      { address: '0000:00:01.0', is: '8086:3420 060400', driver: 'pcieport', group: 1 },
      { address: '0000:00:14.0', is: '8086:a12f 0c0330', driver: 'xhci_hcd', group: 4 },
      {
        ...{ address: '0000:01:00.0', is: '8086:10d3 020000', driver: 'e1000e', group: 14 },
        ...{ behind: '0000:00:01.0', has: ['net/eth7'] },
      },
      {
        ...{ address: '0000:02:00.0', is: '144d:a808 010802', driver: 'nvme', group: 15 },
        has: ['block/nvme0n1', 'block/nvme0n1p2'],
      },
      { address: '0000:03:00.0', is: '10de:1b80 030000', driver: 'nouveau', group: 16 },
      { address: '0000:03:00.1', is: '10de:10f0 040300', driver: 'snd_hda_intel', group: 16 },
    ],
    usb: [
      {
        ...{ port: '1-2', is: '0781:5567', number: 4, on: '0000:00:14.0', says: ['SanDisk', 'Cruzer Blade'] },
        ...{ parts: [['08', 'usb-storage']], has: ['block/sdb'] },
      },
    ],
    mounts: [['nvme0n1p2', '/']],
  })
  weft = await startWeft(root)
  host('ip', 'link', 'add', 'eth7', 'type', 'veth', 'peer', 'name', 'far')
  host('ip', 'address', 'add', '10.9.0.1/24', 'dev', 'eth7')
  for (const name of ['eth7', 'far']) host('ip', 'link', 'set', name, 'up')
})
after(async () => {
  await weft.stop()
})

function devices(): Map<string, HostDeviceView> {
  const list = JSON.parse(weft.ok('host', 'device', 'list', '--json')) as HostDeviceView[]
  return new Map(list.map((device) => [device.address, device]))
}

test('of each device it says what it is, and why the host keeps it', () => {
  const found = devices()
  assert.deepEqual(
    [...found.values()].map(({ address, iommuGroup, isFree }) => [address, iommuGroup, isFree]),
    [
      ['0000:00:01.0', 1, false],
      ['0000:00:14.0', 4, true],
      ['0000:01:00.0', 14, false],
      ['0000:02:00.0', 15, false],
      ['0000:03:00.0', 16, true],
      ['0000:03:00.1', 16, true],
      ['1-2', null, true],
    ],
  )
  assert.equal(found.get('0000:01:00.0')?.because, 'this host is 10.9.0.1/24 on its interface eth7')
  assert.equal(found.get('0000:02:00.0')?.because, "/dev/nvme0n1p2 on it is mounted at '/'")
  assert.deepEqual(found.get('0000:03:00.0')?.goesWith, ['0000:03:00.1'])
  assert.equal(
    found.get('1-2')?.text,
    'Mass Storage: SanDisk Cruzer Blade (0781:5567); this host has sdb through it; driver usb-storage',
  )
})

test('the way out is kept as soon as it is one', () => {
  host('ip', 'route', 'add', 'default', 'via', '10.9.0.254')
  assert.equal(devices().get('0000:01:00.0')?.because, 'this host reaches the outside by its interface eth7')
  host('ip', 'route', 'delete', 'default')
})

test('at a terminal it is as wide as a screen', () => {
  const text = weft.ok('host', 'device', 'list')
  assert.match(text, /^ +PCI, IOMMU group 16\.$/m)
  assert.match(text, /^ +A machine can have it together with 0000:03:00\.1\.$/m)
  assert.match(text, /^ +No machine can have it: this host is 10\.9\.0\.1\/24 on its\n +interface eth7\.$/m)
  assert.match(text, /^ +Try: when nobody needs that: ip address flush dev eth7$/m)
  for (const line of text.split('\n')) assert.ok(line.length <= 79, line)
})

test("without any of its own the root shows this machine's", async () => {
  const other = await startWeft(newRoot())
  try {
    const list = JSON.parse(other.ok('host', 'device', 'list', '--json')) as HostDeviceView[]
    assert.deepEqual(
      list.filter(({ bus }) => bus === 'pci').map(({ address }) => address),
      readdirSync('/sys/bus/pci/devices').sort(),
    )
  } finally {
    await other.stop()
  }
})
