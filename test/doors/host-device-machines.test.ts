/** Devices of a host go to machines: recorded ones under weftd's root, whose files take what a kernel would act upon. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { layDownDevices } from '../support/device-tree.ts'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
const root = newRoot()
const GPU = '0000:03:00.0'
const SOUND = '0000:03:00.1'

before(async () => {
  layDownDevices(root, {
    vfio: 'loaded',
    pci: [
      { address: '0000:00:14.0', is: '8086:a12f 0c0330', driver: 'xhci_hcd', group: 4 },
      { address: GPU, is: '10de:1b80 030000', driver: 'nouveau', group: 16 },
      { address: SOUND, is: '10de:10f0 040300', driver: 'snd_hda_intel', group: 16 },
      { address: '0000:04:00.0', is: '8086:2922 010601', driver: 'ahci', group: 17, has: ['block/sda'] },
    ],
    usb: [{ port: '1-2', is: '0781:5567', number: 4, on: '0000:00:14.0', parts: [['08', 'usb-storage']] }],
    mounts: [['sda', '/']],
  })
  weft = await startWeft(root)
})
after(async () => {
  await weft.stop()
})

const refused = (...words: string[]): string => {
  const { code, err } = weft.run(words)
  assert.notEqual(code, 0, words.join(' '))
  return err
}
const create = ['vm', 'create', 'game', '--memory', '64M', '--display', 'none']

test('what a machine cannot have is refused before anything is made', () => {
  assert.match(refused(...create, '--device', 'eth0'), /'eth0' is no device of a host/)
  assert.match(refused(...create, '--device', '05:00.0'), /this host has no device '0000:05:00.0'/)
  assert.match(refused(...create, '--device', '04:00.0'), /\/dev\/sda on it is mounted at '\/'/)
  assert.match(
    refused(...create, '--device', GPU),
    /shares IOMMU group 16 with 0000:03:00.1[^]*--device 0000:03:00.1/,
  )
  assert.equal(weft.ok('vm', 'list', '--json').trim(), '[]')
})

test('a group goes as a whole, and no other machine gets any of it', () => {
  weft.ok(...create, '--device', '03:00.0', '--device', SOUND, '--device', '0781:5567')
  const shown = weft.ok('vm', 'show', 'game')
  for (const name of [GPU, SOUND, '0781:5567']) assert.match(shown, new RegExp(`Device: +${name}`))
  const second = ['vm', 'create', 'second', '--display', 'none']
  assert.match(refused(...second, '--device', '1-2'), /machine 'game' has '1-2'/)
})

test('XML and YAML have them, and say the same again', () => {
  const xml = weft.ok('vm', 'show', 'game', '--xml')
  assert.match(xml, /<hostdev mode='subsystem' type='pci' managed='yes'>/)
  assert.match(xml, /<vendor id='0x0781'\/>/)
  const yaml = weft.ok('vm', 'show', 'game', '--yaml')
  assert.match(yaml, /devices:\n +- device: 0000:03:00\.0/)
  for (const text of [xml, yaml]) {
    const { code, out, err } = weft.run(['vm', 'define', '-'], text)
    assert.equal(code, 0, err)
    assert.match(out, /is defined like that already/)
  }
})

test('a start can be read: what is taken from whom, and where it is opened', () => {
  const script = weft.ok('vm', 'start', 'game', '--dry-run')
  const reasons = script.split('\n').filter((line) => line.startsWith('# '))
  const places = [
    'driver nouveau has let go of 0000:03:00.0',
    'of all drivers vfio-pci alone may take 0000:03:00.0',
    'driver snd_hda_intel has let go of 0000:03:00.1',
    'may open IOMMU group 16',
    'may open USB device 1-2',
    'QEMU holds the machine',
  ].map((text) => reasons.findIndex((line) => line.includes(text)))
  assert.ok(!places.includes(-1), reasons.join('\n'))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
  assert.match(script, /--memlock=1140850688:1140850688/)
  assert.match(script, /vfio-pci,id=hostdev1,host=0000:03:00\.0/)
  assert.match(script, new RegExp(`hostdevice=${root}/dev/bus/usb/001/004`))
})

test('a kernel that does not hand a device over is told of, and all is as before', () => {
  const file = (device: string): string =>
    readFileSync(join(root, 'sys/bus/pci/devices', device, 'driver_override'), 'utf8').trim()
  const told = refused('vm', 'start', 'game')
  assert.match(told, /vfio-pci does not take 0000:03:00\.0/)
  assert.match(told, /undone/)
  assert.equal(file(GPU), '')
  assert.equal(file(SOUND), '(null)', 'nobody has come so far')
  assert.match(weft.ok('vm', 'list', '--json'), /"state": ?"(stopped|off|shut-off)"/)
})

test('a clone does without', () => {
  const { code, err } = weft.run(['vm', 'clone', 'game', 'again'])
  assert.equal(code, 0, err)
  assert.match(err, /device 0000:03:00\.0 stays with game/)
  assert.doesNotMatch(weft.ok('vm', 'show', 'again'), /Device/)
})

test('a device comes to a machine and goes from it', () => {
  const { code, err } = weft.run(['device', 'attach', 'again', '0000:00:14.0'])
  assert.equal(code, 0, err)
  assert.match(err, /from its next start on/)
  assert.match(refused('device', 'attach', 'again', GPU), /machine 'game' has '0000:03:00.0'/)
  assert.match(refused('device', 'detach', 'again', '1-2'), /has no device '1-2'[^]*it has 0000:00:14.0/)
  weft.ok('device', 'detach', 'again', '00:14.0')
  assert.doesNotMatch(weft.ok('vm', 'show', 'again'), /Device/)
})
