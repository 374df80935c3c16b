/** A microvm: a guest that finds its NIC and its disks without PCI, and what can and cannot be done with it while it runs. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { attachNic, detachNic } from '../../src/app/change-nics.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { createDisk } from '../../src/app/disks.ts'
import { limitDisk } from '../../src/app/limit-disk.ts'
import { attachDisk, detachDisk } from '../../src/app/plug-disk.ts'
import type { App } from '../../src/app/ports.ts'
import { saveVm } from '../../src/app/save-vm.ts'
import { setHardware } from '../../src/app/set-hardware.ts'
import { stopVm } from '../../src/app/stop-vm.ts'
import { takeScreenshot } from '../../src/app/vm-screen.ts'
import { showVm } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { withModules } from '../support/module-image.ts'
import {
  askGuest,
  byTest,
  countOf,
  guestDraft,
  guestImage,
  newRoot,
  openWeftWithNetwork,
  startCounting,
  waitForConsole,
} from './weft-world.ts'

const root = newRoot()
const MIB = 2 ** 20
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeftWithNetwork(root)
  app = built.app
  for (const [i, name] of ['one', 'two', 'three', 'four'].entries())
    await createDisk(app, { name, size: (i + 1) * MIB, format: 'raw' }, byTest)
  const image = await withModules(await guestImage(root), root, ['virtio_mmio', 'virtio_scsi', 'sd_mod'])
  const disks = ['one,serial=FIRST', 'two,serial=SECOND', 'three,bus=scsi']
  await createVm(app, { ...guestDraft('tiny', image), machine: 'microvm', disks }, byTest)
  await startVm(app, 'tiny', byTest)
  await waitForConsole(app, 'tiny', /weft-guest up/)
  await askGuest(app, 'tiny', image.insert)
})

after(async () => {
  if (app.machines.isRunning('tiny')) await killVm(app, 'tiny', byTest)
  built.close()
})

const guestSays = (command: string): Promise<string> => askGuest(app, 'tiny', command)

test('its guest has a NIC with the address that weft knows, and nothing on PCI', async () => {
  assert.equal(await guestSays('ls /sys/bus/pci/devices 2>/dev/null | wc -l'), '0 [0]')
  await guestSays('ip link set eth0 up; udhcpc -q -i eth0 -s /etc/udhcpc.script -t 20 -T 1 >/dev/null 2>&1')
  const ip = (await showVm(app, 'tiny')).nics[0]?.ip ?? 'none'
  assert.match(await guestSays('ip addr show eth0'), new RegExp(`inet ${ip.replaceAll('.', '\\.')}/`))
})

test('disks stand in the order of their places', async () => {
  assert.equal(await guestSays('cat /sys/block/vda/serial /sys/block/vdb/serial'), 'FIRSTSECOND [0]')
  // The kernel looks at what is on SCSI in its own time.
  const wait = `until grep -qsx ${String(3 * 2048)} /sys/block/sda/size; do sleep 0.2; done`
  assert.equal(await guestSays(`${wait}; cat /sys/block/sda/size`), `${String(3 * 2048)} [0]`)
})

test('on its bus nothing comes or goes; on SCSI disks do, limits hold, and memory goes back', async () => {
  const fixed = { code: 'needs-restart', message: /on the bus of a microvm nothing comes or goes/ }
  await assert.rejects(attachDisk(app, 'tiny', 'four', byTest), fixed)
  await assert.rejects(detachDisk(app, 'tiny', 'two', byTest), fixed)
  await assert.rejects(attachNic(app, 'tiny', 'default', byTest), fixed)
  await assert.rejects(detachNic(app, 'tiny', 'default', byTest), fixed)
  await assert.rejects(setHardware(app, 'tiny', { cpus: 2 }, byTest), { code: 'needs-restart' })
  assert.throws(() => takeScreenshot(app, 'tiny', 'png'), { message: /has no video card/ })
  await detachDisk(app, 'tiny', 'three', byTest)
  await attachDisk(app, 'tiny', 'four,bus=scsi', byTest)
  const wait = 'until cat /sys/block/sd*/size 2>/dev/null | grep -qx 8192; do sleep 0.2; done'
  assert.equal(await guestSays(`${wait}; echo there`), 'there [0]')
  await limitDisk(app, 'tiny', 'one', { iops: 100 }, byTest)
  for (const memoryMiB of [120, 128])
    assert.equal((await setHardware(app, 'tiny', { memoryMiB }, byTest)).result, 'set')
})

test('saved and restored it goes on; its guest hears the power button', async () => {
  await startCounting(app, 'tiny')
  await saveVm(app, 'tiny', byTest)
  const restored = await startVm(app, 'tiny', byTest)
  assert.equal(restored.result, 'restored')
  const before = await countOf(app, 'tiny')
  await guestSays(`until [ $(cat /tmp/count) -gt ${String(before)} ]; do sleep 0.1; done`)
  assert.equal((await stopVm(app, 'tiny', { ...byTest, limitMs: 120_000 })).result, 'stopped')
})
