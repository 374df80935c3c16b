/** What is said of devices, and every reason for which a host keeps one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseIpv4Cidr } from '../address/ipv4.ts'
import { parseInterfaceName } from '../address/interface-name.ts'
import type { SeenDevice } from './device.ts'
import type { DeviceSurroundings } from './device-refusal.ts'
import { explainDevice } from './explain-device.ts'
import type { LinkDetail } from './link-detail.ts'

const pci = (more: Partial<SeenDevice> = {}): SeenDevice => ({
  bus: 'pci',
  address: '0000:01:00.0',
  vendor: '8086',
  product: '10d3',
  classCode: '020000',
  className: 'Ethernet controller',
  name: 'Intel 82574L',
  drivers: ['e1000e'],
  group: 14,
  links: [],
  disks: [],
  ...more,
})
const usb = (more: Partial<SeenDevice> = {}): SeenDevice => {
  return withoutGroup(pci({ bus: 'usb', address: '1-2', classCode: '08', ...more }))
}
const withoutGroup = (device: SeenDevice): SeenDevice => {
  const { group, ...rest } = device
  assert.ok(group !== undefined)
  return rest
}

function link(
  text: string,
  more: Partial<LinkDetail> = {},
  seen: Partial<LinkDetail['link']> = {},
): LinkDetail {
  const name = parseInterfaceName(text) ?? assert.fail()
  const plain = { index: 1, name, kind: undefined, mac: undefined, mtu: 1500, isUp: true, hasCarrier: true }
  const rest = {
    master: undefined,
    alias: undefined,
    ipv4: [],
    ipv6: [],
    bridge: undefined,
    portState: undefined,
  }
  return { link: { ...plain, ...rest, ...seen }, data: {}, ...more }
}

const around = (
  devices: readonly SeenDevice[],
  more: Partial<DeviceSurroundings> = {},
): DeviceSurroundings => ({
  devices,
  vfio: 'loaded',
  links: [],
  isVirtual: false,
  ...more,
})

function why(
  device: SeenDevice,
  more: Partial<DeviceSurroundings> = {},
  others: readonly SeenDevice[] = [],
): string {
  const { refusal } = explainDevice(device, around([device, ...others], more))
  return refusal === undefined ? 'free' : `${refusal.because} | ${refusal.hint}`
}

test('a device that nobody needs can be given away', () => {
  assert.deepEqual(explainDevice(pci(), around([pci()])), {
    text: 'Ethernet controller: Intel 82574L (8086:10d3); driver e1000e',
    goesWith: [],
  })
  assert.equal(why(usb(), { vfio: 'missing' }), 'free', 'USB needs no IOMMU and no VFIO')
})

test('what the host has through it, and who has it open, is told', () => {
  const disks = [
    { disk: 'sdb', uses: [] },
    { disk: 'sdb1', uses: ['/srv', 'swap'] },
  ]
  const device = pci({ links: ['eth1'], disks, drivers: [], holder: { program: 'qemu', pid: 7 } })
  assert.equal(
    explainDevice(device, around([device])).text,
    'Ethernet controller: Intel 82574L (8086:10d3); this host has eth1, sdb, sdb1 (at /srv, swap) through it; no driver has it; qemu (process 7) has it open',
  )
})

test('bridges and hubs are not given away', () => {
  assert.match(why(pci({ classCode: '060400' })), /^it is a part of the board/)
  assert.match(why(usb({ classCode: '09' })), /^it is a hub \| give away what is plugged into it$/)
})

test('a disk that the host uses stays', () => {
  const on = (...uses: string[]): SeenDevice => pci({ disks: [{ disk: 'sda2', uses }] })
  assert.equal(why(on('/')), "/dev/sda2 on it is mounted at '/' | this host runs from it: use another disk")
  assert.equal(why(on('/srv')), "/dev/sda2 on it is mounted at '/srv' | umount /srv")
  assert.equal(why(on('swap')), 'this host swaps to /dev/sda2 on it | swapoff /dev/sda2')
  assert.equal(why(on()), 'free')
})

test('the NIC of the way out stays, also when the way leads over a bridge or a VLAN', () => {
  const nic = pci({ links: ['eth0'] })
  const br0 = parseInterfaceName('br0') ?? assert.fail()
  assert.match(
    why(nic, { links: [link('eth0', { isWayOut: true })] }),
    /the outside by its interface eth0 \| let/,
  )
  const bridged = [link('eth0', {}, { master: br0 }), link('br0', { isWayOut: true }, { kind: 'bridge' })]
  assert.match(why(nic, { links: bridged }), /the outside by its interface eth0, by br0 \|/)
  const deep = [
    link('eth0'),
    link('eth0.5', { below: 'eth0' }, { kind: 'vlan', master: br0 }),
    link('br0', { isWayOut: true }, { kind: 'bridge' }),
  ]
  assert.match(why(nic, { links: deep }), /the outside by its interface eth0, by br0 \|/)
})

test('a NIC with an address, or that something uses, stays', () => {
  const nic = pci({ links: ['eth1'] })
  const ipv4 = [parseIpv4Cidr('10.1.0.5/24') ?? assert.fail()]
  assert.equal(
    why(nic, { links: [link('eth1', {}, { ipv4 })] }),
    'this host is 10.1.0.5/24 on its interface eth1 | when nobody needs that: ip address flush dev eth1',
  )
  const macvtap = link('macvtap0', { below: 'eth1' }, { kind: 'macvtap' })
  assert.equal(
    why(nic, { links: [link('eth1'), macvtap] }),
    'macvtap0 uses its interface eth1 | weft host link list',
  )
  assert.equal(why(nic, { links: [link('eth1')] }), 'free')
})

test('without an IOMMU, or without vfio-pci, no PCI device goes', () => {
  const bare = withoutGroup(pci())
  assert.match(why(bare), /^this host has no IOMMU at work.*\| switch VT-d or AMD-Vi on in the firmware/)
  assert.match(why(bare, { isVirtual: true }), /this host is a virtual machine itself/)
  assert.match(why(pci(), { vfio: 'missing' }), /no driver vfio-pci \| boot a kernel that has it/)
  assert.equal(why(pci(), { vfio: 'loadable' }), 'free')
})

test('what shares its IOMMU group goes along, or keeps it here', () => {
  const sound = pci({ address: '0000:01:00.1', drivers: ['snd_hda_intel'] })
  assert.deepEqual(explainDevice(pci(), around([pci(), sound])).goesWith, ['0000:01:00.1'])
  assert.equal(why(pci(), {}, [sound]), 'free')
  const disk = pci({ address: '0000:01:00.2', drivers: ['ahci'], disks: [{ disk: 'sda1', uses: ['/'] }] })
  assert.equal(
    why(pci(), {}, [sound, disk]),
    "it shares IOMMU group 14 with 0000:01:00.2, which cannot be given away: /dev/sda1 on it is mounted at '/' | another slot of the board may be in a group of its own",
  )
})

test('bridges, devices without a driver and those of other groups are no company', () => {
  const others = [
    pci({ address: '0000:00:01.0', classCode: '060400', drivers: ['pcieport'] }),
    pci({ address: '0000:01:00.1', drivers: [] }),
    pci({ address: '0000:01:00.2', drivers: ['vfio-pci'] }),
    pci({ address: '0000:02:00.0', group: 15 }),
  ]
  assert.deepEqual(explainDevice(pci(), around([pci(), ...others])).goesWith, [])
})
