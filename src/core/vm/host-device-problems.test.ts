/** Every reason for which a machine does not get a device of the host, with what to do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeenDevice } from '../host/device.ts'
import type { DeviceSurroundings } from '../host/device-refusal.ts'
import type { LentDevice } from '../host/lend-device.ts'
import { VM_GOLDEN_CASES } from './golden-cases.ts'
import { hostDeviceProblems } from './host-device-problems.ts'
import type { VmSpec } from './spec.ts'

const web = VM_GOLDEN_CASES[0]!.wanted
const GPU: SeenDevice = {
  ...{ bus: 'pci', address: '0000:03:00.0', vendor: '10de', product: '1b80', classCode: '030000' },
  ...{ drivers: ['nouveau'], group: 16, links: [], disks: [] },
}
const SOUND: SeenDevice = { ...GPU, address: '0000:03:00.1', drivers: ['snd_hda_intel'] }
const STICK: SeenDevice = {
  ...{ bus: 'usb', address: '1-2', vendor: '0781', product: '5567', classCode: '08' },
  ...{ drivers: ['usb-storage'], links: [], disks: [{ disk: 'sdb', uses: [] }] },
}

interface Case {
  readonly devices?: readonly SeenDevice[]
  readonly others?: readonly VmSpec[]
  readonly lent?: readonly LentDevice[]
  readonly spec?: Partial<VmSpec>
  readonly host?: Partial<DeviceSurroundings>
}

function problems(
  words: readonly string[],
  { devices = [GPU, STICK], others = [], lent, spec, host }: Case = {},
): string[] {
  const wanted = { ...web, devices: words.map((device) => ({ device })), ...spec }
  const around: DeviceSurroundings = { devices, vfio: 'loaded', links: [], isVirtual: false, ...host }
  return hostDeviceProblems(wanted, { others, devices: around, ...(lent === undefined ? {} : { lent }) }).map(
    ({ path, message, hint }) => `${path}: ${message} (${hint ?? 'no hint'})`,
  )
}

test('a device that is free has no problem, nor has a machine without any', () => {
  assert.deepEqual(problems(['0000:03:00.0', '1-2']), [])
  assert.deepEqual(hostDeviceProblems(web, { others: [] }), [])
})

test('a device has to be there, and to be one', () => {
  assert.deepEqual(problems(['0000:04:00.0', 'rubbish']), [
    "devices.0: this host has no device '0000:04:00.0' (weft host device list)",
    "devices.1: 'rubbish' is no device of a host (weft host device list)",
  ])
  assert.deepEqual(problems(['0781:5567'], { devices: [STICK, { ...STICK, address: '1-3' }] }), [
    "devices.0: '0781:5567' is not one device: 1-2 and 1-3 are of that make (name one by its port: 1-2)",
  ])
  assert.deepEqual(problems(['1-2', '0781:5567']), ["devices.1: '0781:5567' is given twice (leave one out)"])
})

test('what another machine has stays there, whatever it calls it', () => {
  const others = [{ ...web, name: 'db', devices: [{ device: '0781:5567' }] }]
  assert.deepEqual(problems(['1-2'], { others }), [
    "devices.0: machine 'db' has '1-2' (weft device detach db 1-2)",
  ])
  const onIt = [{ ...web, name: 'db', disks: [{ path: '/dev/sdb', format: 'raw', bus: 'virtio' } as const] }]
  assert.deepEqual(problems(['1-2'], { others: onIt }), [
    "devices.0: a disk of machine 'db' is on '1-2' (weft vm show db)",
  ])
})

test('what a program has open stays with it', () => {
  const devices = [{ ...STICK, holder: { program: 'qemu-system-x86', pid: 77 } }]
  assert.deepEqual(problems(['1-2'], { devices }), [
    "devices.0: qemu-system-x86 (process 77) has '1-2' open (end that one first)",
  ])
})

test('what the host needs, or has no IOMMU for, is told as in the list', () => {
  const { group, ...bare } = GPU
  assert.equal(group, 16)
  assert.match(
    problems(['0000:03:00.0'], { devices: [bare] })[0]!,
    /cannot be given to a machine: this host has no IOMMU/,
  )
  assert.match(problems(['0000:03:00.0'], { host: { vfio: 'missing' } })[0]!, /no driver vfio-pci/)
  const root = { ...GPU, disks: [{ disk: 'sda1', uses: ['/'] }] }
  assert.match(problems(['0000:03:00.0'], { devices: [root] })[0]!, /sda1 on it is mounted at '\/'/)
})

test('an IOMMU group goes as a whole', () => {
  const devices = [GPU, SOUND]
  assert.deepEqual(problems(['0000:03:00.0'], { devices }), [
    "devices.0: '0000:03:00.0' shares IOMMU group 16 with 0000:03:00.1, which would have to come along (give the machine all of them: --device 0000:03:00.1)",
  ])
  assert.deepEqual(problems(['0000:03:00.0', '0000:03:00.1'], { devices }), [])
})

test('managed by somebody else it must be bound already', () => {
  const spec = { devices: [{ device: '0000:03:00.0', isUnmanaged: true as const }] }
  assert.match(problems([], { spec })[0]!, /is not bound to vfio-pci, and weft is not to do that/)
  assert.deepEqual(problems([], { spec, devices: [{ ...GPU, drivers: ['vfio-pci'] }] }), [])
})

test('a machine that runs keeps what it has', () => {
  const held = { ...GPU, drivers: ['vfio-pci'], holder: { program: 'qemu-system-x86', pid: 77 } }
  const lent: LentDevice[] = [{ bus: 'pci', address: '0000:03:00.0', group: 16, driver: 'nouveau' }]
  assert.deepEqual(problems(['0000:03:00.0'], { devices: [held], lent }), [])
  const more = { ...SOUND, holder: { program: 'qemu-system-x86', pid: 77 } }
  assert.deepEqual(problems(['0000:03:00.0', '0000:03:00.1'], { devices: [held, more], lent }), [])
})

test('a machine without a PCI bus has none', () => {
  const spec = { machine: 'microvm' as const }
  assert.deepEqual(problems([], { spec: { ...spec, devices: [{ device: '1-2' }] } }), [
    "devices: a 'microvm' machine has no PCI bus for devices of the host (use --machine q35)",
  ])
})
