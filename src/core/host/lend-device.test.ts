/** A device goes to QEMU's user and comes back: the scripts, and what they write into files as sysfs has them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { renderPlan } from '../plan/render.ts'
import { stopPlan } from '../plan/plan.ts'
import type { SeenDevice } from './device.ts'
import { giveBackSteps, lendSteps, lentFrom, type LentDevice } from './lend-device.ts'

const facts = { qemuUser: { name: 'weft-qemu', owner: { uid: 990, gid: 991 } } }
const nic: LentDevice = { bus: 'pci', address: '0000:01:00.0', group: 14, driver: 'e1000e' }
const stick: LentDevice = {
  ...{ bus: 'usb', address: '1-2.3', numbers: { bus: 1, device: 4 } },
  owner: { uid: 0, gid: 46 },
}
const reasons = (devices: readonly LentDevice[], vfio: 'loaded' | 'loadable' = 'loaded'): string[] =>
  lendSteps(devices, { facts, vfio }).map(({ reason }) => reason)

test('the way of a PCI device to QEMU, and back in the other order', () => {
  const steps = lendSteps([nic], { facts, vfio: 'loadable' })
  const device = '/sys/bus/pci/devices/0000:01:00.0'
  assert.deepEqual(
    steps.map(({ do: action }) => action.kind === 'run' && action.argv.at(-1)),
    [
      'vfio-pci',
      `[ "$(basename "$(readlink ${device}/driver)")" != e1000e ] || echo 0000:01:00.0 >${device}/driver/unbind`,
      `[ ! -d ${device} ] || echo vfio-pci >${device}/driver_override`,
      `echo 0000:01:00.0 >/sys/bus/pci/drivers_probe; [ "$(basename "$(readlink ${device}/driver)")" = vfio-pci ] || { echo 'vfio-pci does not take 0000:01:00.0: dmesg says why' >&2; exit 1; }`,
      'if command -v udevadm >/dev/null; then udevadm settle --timeout=5 || true; fi; chown 990:991 /dev/vfio/14',
    ],
  )
  assert.deepEqual(
    giveBackSteps([nic], facts).map(({ do: action }) => action.kind === 'run' && action.argv.at(-1)),
    [
      '[ ! -e /dev/vfio/14 ] || chown 0:0 /dev/vfio/14',
      `[ "$(basename "$(readlink ${device}/driver)")" != vfio-pci ] || echo 0000:01:00.0 >${device}/driver/unbind`,
      `[ ! -d ${device} ] || echo '' >${device}/driver_override`,
      `[ ! -d ${device} ] || [ -e ${device}/driver ] || echo 0000:01:00.0 >/sys/bus/pci/drivers/e1000e/bind`,
    ],
  )
})

test('what has been bound before is bound afterwards, and a group is opened once', () => {
  assert.deepEqual(reasons([{ bus: 'pci', address: '0000:01:00.0', group: 14, isBound: true }], 'loadable'), [
    "user 'weft-qemu', as whom QEMU runs, may open IOMMU group 14, and nothing else of VFIO",
  ])
  const both = reasons([nic, { ...nic, address: '0000:01:00.1' }])
  assert.equal(both.filter((reason) => reason.includes('IOMMU group 14')).length, 1)
})

test('what a device was is noted before it is lent', () => {
  const seen: SeenDevice = {
    ...{ bus: 'pci', address: '0000:01:00.0', vendor: '8086', product: '10d3', classCode: '020000' },
    ...{ drivers: ['e1000e'], group: 14, links: [], disks: [] },
  }
  assert.deepEqual(lentFrom(seen), nic)
  assert.deepEqual(lentFrom({ ...seen, override: 'e1000e' }), { ...nic, override: 'e1000e' })
  assert.deepEqual(lentFrom({ ...seen, drivers: ['vfio-pci'], override: 'vfio-pci' }), {
    ...{ bus: 'pci', address: '0000:01:00.0', group: 14, isBound: true },
  })
})

test('to give back what has never been lent, or is not there any more, does nothing and does not fail', () => {
  const trees = { sys: '/nowhere/sys', dev: '/nowhere/dev', proc: '/proc', modules: '/nowhere' }
  const steps = giveBackSteps([nic, stick], { ...facts, trees })
  assert.equal(steps.length, 5)
  for (const { do: action } of steps) {
    assert.ok(action.kind === 'run')
    const [program, ...words] = action.argv
    execFileSync(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  }
})

test('a USB device gets its node back, and each of its parts its driver', () => {
  assert.match(
    renderPlan(stopPlan('give back', giveBackSteps([stick], facts))),
    /chown 0:46 \/dev\/bus\/usb\/001\/004; for part in \/sys\/bus\/usb\/devices\/1-2\.3\/1-2\.3:\*; do .* >\/sys\/bus\/usb\/drivers_probe; done/,
  )
})
