/** `<hostdev>` in and out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VM_GOLDEN_CASES } from '../../../core/vm/golden-cases.ts'
import type { HostDeviceSpec } from '../../../core/vm/hardware-spec.ts'
import { formatDomainXml, parseDomainXml } from './domain.ts'

const around = { nvram: '/var/lib/weft/nvram/web.fd' }
const domain = (devices: string): string => `<domain type='kvm'>
<name>web</name><memory>1048576</memory>
<os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices>${devices}</devices></domain>`

async function read(devices: string): Promise<readonly HostDeviceSpec[] | string[]> {
  const result = await parseDomainXml(domain(devices))
  if ('problems' in result) return result.problems.map(({ message }) => message)
  return result.definition.devices ?? []
}

test('PCI devices are read as libvirt and people write them', async () => {
  const hostdev = (more: string, address: string): string =>
    `<hostdev mode='subsystem' type='pci'${more}><source><address ${address}/></source></hostdev>`
  const whole = "domain='0x0000' bus='0x01' slot='0x00' function='0x1'"
  assert.deepEqual(await read(hostdev(" managed='yes'", whole)), [{ device: '0000:01:00.1' }])
  assert.deepEqual(await read(hostdev('', "bus='175' slot='0x1f'")), [
    { device: '0000:af:1f.0', isUnmanaged: true },
  ])
  assert.deepEqual(await read(hostdev(" managed='yes'", "bus='x' slot='0'")), [
    'nothing says which PCI device it is',
  ])
})

test('USB devices are read by maker and model, by port, and by their numbers', async () => {
  const hostdev = (source: string): string =>
    `<hostdev mode='subsystem' type='usb' managed='yes'><source>${source}</source></hostdev>`
  assert.deepEqual(await read(hostdev("<vendor id='0x0781'/><product id='0x5567'/>")), [
    { device: '0781:5567' },
  ])
  assert.deepEqual(await read(hostdev("<address bus='1' port='2.3'/>")), [{ device: '1-2.3' }])
  assert.deepEqual(await read(hostdev("<address bus='001' device='004'/>")), [{ device: '1.4' }])
  assert.deepEqual(await read(hostdev('')), ['nothing says which USB device it is'])
})

test('what is no PCI or USB device, or asks for more, is refused by name', async () => {
  assert.deepEqual(await read("<hostdev mode='capabilities' type='net'/>"), [
    "a host device of mode 'capabilities' is not supported",
    "a host device of type 'net' is not supported",
  ])
  const xml = `<hostdev mode='subsystem' type='usb'><source><address bus='1' device='4'/></source><boot order='1'/></hostdev>`
  assert.deepEqual(await read(xml), [
    '<boot> in <hostdev> is not supported: weft boots from disks, CDs and networks',
  ])
})

test('they are written as libvirt writes them', () => {
  const golden = VM_GOLDEN_CASES.find(({ name }) => name === 'host-devices')!.wanted
  const text = formatDomainXml(golden, around)
  assert.match(
    text,
    /<hostdev mode='subsystem' type='pci' managed='yes'>\s*<source>\s*<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'\/>/,
  )
  assert.equal(text.match(/<hostdev /g)?.length, 2)
  assert.match(text, /1-2\.3/, 'of a port libvirt knows nothing: weft has a word of its own')
  assert.match(text, /<source>\s*<vendor id='0x0781'\/>\s*<product id='0x5567'\/>/)
})
