/** A device comes to a machine that runs, and goes again: what is done, in which order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LentDevice } from '../host/lend-device.ts'
import type { Plan } from '../plan/plan.ts'
import { goldenFacts, VM_GOLDEN_CASES } from './golden-cases.ts'
import { planDeviceAttach, planDeviceDetach, type DevicePlug } from './plan-device-plug.ts'

const machine = VM_GOLDEN_CASES[0]!.wanted
const facts = goldenFacts('/')
const GPU: LentDevice = { bus: 'pci', address: '0000:03:00.0', group: 16, driver: 'nouveau' }
const plug = (device: string, lent: LentDevice, others: readonly LentDevice[] = []): DevicePlug => ({
  ...{ facts, machine, device: { device, slot: 3 } },
  live: { lent, others, vfio: 'loaded' },
})
const told = ({ steps }: Plan): string[] =>
  steps.map(({ do: action }) => {
    if (action.kind === 'qmp') return `${action.command} ${JSON.stringify(action.arguments)}`
    return action.kind === 'run' ? (action.argv.at(-1) ?? '') : action.kind
  })

test('a PCI device: taken from its driver, memory kept in place, plugged in; and back in the other order', () => {
  const there = told(planDeviceAttach(plug('0000:03:00.0', GPU), []))
  assert.equal(there.length, 6)
  assert.match(
    there[4]!,
    /^prlimit --memlock=1207959552:1207959552 --pid "\$\(cat \/run\/weft\/vms\/web\/qemu\.pid\)"$/,
  )
  assert.equal(
    there[5],
    'device_add {"driver":"vfio-pci","id":"hostdev3","host":"0000:03:00.0","bus":"port3","addr":"0x0"}',
  )
  const plan = planDeviceDetach(plug('0000:03:00.0', GPU), [])
  const back = told(plan)
  assert.equal(back[0], 'device_del {"id":"hostdev3"}')
  assert.match(back.at(-1)!, /drivers\/nouveau\/bind$/)
  assert.equal(plan.pointOfNoReturn, 1)
})

test('a second device of a group finds it open, and leaves it so', () => {
  const sound: LentDevice = { ...GPU, address: '0000:03:00.1', driver: 'snd_hda_intel' }
  for (const plan of [planDeviceAttach, planDeviceDetach])
    assert.doesNotMatch(told(plan(plug('0000:03:00.1', sound, [GPU]), [])).join('\n'), /chown/)
})

test('a USB device comes with a controller, and takes it along', () => {
  const stick: LentDevice = { bus: 'usb', address: '1-2', numbers: { bus: 1, device: 4 } }
  const [, hub, device] = told(planDeviceAttach(plug('1-2', stick), []))
  assert.equal(hub, 'device_add {"driver":"qemu-xhci","id":"hostdev3-usb","bus":"port3","addr":"0x0"}')
  assert.equal(
    device,
    'device_add {"driver":"usb-host","id":"hostdev3","bus":"hostdev3-usb.0","hostdevice":"/dev/bus/usb/001/004"}',
  )
  const back = told(planDeviceDetach(plug('1-2', stick), []))
  assert.deepEqual(back.slice(0, 2), ['device_del {"id":"hostdev3"}', 'device_del {"id":"hostdev3-usb"}'])
  assert.match(back[2]!, /chown 0:0 .*drivers_probe/)
})
