/** Buses of disks and models of NICs, as the guest sees them, or as QEMU has them where Debian's cloud kernel has no driver. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { createDisk } from '../../src/app/disks.ts'
import { limitDisk } from '../../src/app/limit-disk.ts'
import { attachDisk, detachDisk } from '../../src/app/plug-disk.ts'
import type { App } from '../../src/app/ports.ts'
import { saveVm } from '../../src/app/save-vm.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { withModules } from '../support/module-image.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  newRoot,
  openWeftWithNetwork,
  waitForConsole,
} from './weft-world.ts'

const root = newRoot()
const MIB = 2 ** 20
let built: BuiltApp
let app: App
let insert: string

before(async () => {
  built = await openWeftWithNetwork(root)
  app = built.app
  for (const [i, name] of ['one', 'two', 'three', 'four', 'five'].entries())
    await createDisk(app, { name, size: (i + 1) * MIB, format: 'raw' }, byTest)
  const image = await withModules(await guestImage(root), root, [
    'virtio_scsi',
    'sd_mod',
    'ata_piix',
    'ata_generic',
  ])
  insert = image.insert
  const disks = [
    'one,serial=WD-ONE',
    'two,bus=scsi,serial=WD-TWO',
    'three,bus=usb',
    'four,bus=sata,serial=WD-FOUR',
  ]
  const nets = ['default', 'default,model=e1000e', 'default,model=e1000', 'default,model=rtl8139']
  await createVm(app, { ...guestDraft('web', image), disks, nets }, byTest)
  await startVm(app, 'web', byTest)
  const old = { ...guestDraft('old', image), machine: 'pc' as const, nets: [], memoryMiB: 96 }
  await createVm(app, { ...old, disks: ['five,bus=ide,serial=WD-FIVE'] }, byTest)
})

after(async () => {
  for (const name of ['web', 'old']) if (app.machines.isRunning(name)) await killVm(app, name, byTest)
  built.close()
})

const guestSays = (command: string): Promise<string> => askGuest(app, 'web', command)
const peripherals = async (): Promise<string[]> =>
  ((await app.machines.ask('web', 'qom-list', { path: '/machine/peripheral' })) as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => name.startsWith('disk'))
    .sort()
/** Waits for a disk of that many MiB, and tells its kernel name. */
const ofSize = (mebibytes: number): Promise<string> =>
  guestSays(
    `for i in $(seq 300); do n=$(grep -lx ${String(mebibytes * 2048)} /sys/block/*/size) && break; sleep 0.2; done; echo $n`,
  )

test('the guest finds a virtio-scsi disk, and the serial numbers of disks', async () => {
  await waitForConsole(app, 'web', /weft-guest up/)
  await guestSays(insert)
  assert.equal(await ofSize(2), '/sys/block/sda/size [0]')
  assert.equal(await guestSays('cat /sys/block/vda/serial'), 'WD-ONE [0]')
  // Page 0x80 of a SCSI disk: four bytes, then its number.
  assert.equal(await guestSays('tail -c +5 /sys/block/sda/device/vpd_pg80'), 'WD-TWO [0]')
})

test('NICs of every model are on the bus of the guest', async () => {
  const ids = await guestSays('cat /sys/class/net/*/device/device /sys/bus/pci/devices/*/device | sort -u')
  // virtio-net (modern), 82574L, 82540EM, 8139C+.
  for (const id of ['0x1041', '0x10d3', '0x100e', '0x8139']) assert.match(ids, new RegExp(id))
})

test('disks on SCSI and USB come and go while it runs; on SATA they do not', async () => {
  assert.deepEqual(await peripherals(), ['disk0', 'disk1', 'disk2', 'disk3'])
  await detachDisk(app, 'web', 'two', byTest)
  await guestSays('until [ ! -e /sys/block/sda ]; do sleep 0.1; done')
  await detachDisk(app, 'web', 'three', byTest)
  assert.deepEqual(await peripherals(), ['disk0', 'disk3'])
  await assert.rejects(detachDisk(app, 'web', 'four', byTest), {
    code: 'needs-restart',
    message: /is on the sata bus, on which nothing comes or goes/,
  })
  await attachDisk(app, 'web', 'three,bus=usb,iops=100', byTest)
  await limitDisk(app, 'web', 'three', { iops: 200 }, byTest)
  assert.deepEqual(await peripherals(), ['disk0', 'disk1', 'disk3'])
})

test('a saved machine has the controllers again that it was started with', async () => {
  await saveVm(app, 'web', byTest)
  await startVm(app, 'web', byTest)
  await attachDisk(app, 'web', 'two,bus=scsi,serial=WD-TWO', byTest)
  assert.match(await ofSize(2), /^\/sys\/block\/sd\w\/size \[0\]$/)
  assert.deepEqual(await peripherals(), ['disk0', 'disk1', 'disk2', 'disk3'])
  await killVm(app, 'web', byTest)
})

test('a pc has disks on IDE, and without a controller from the start none on SCSI', async () => {
  await startVm(app, 'old', byTest)
  await waitForConsole(app, 'old', /weft-guest up/)
  const find =
    'for i in $(seq 300); do [ -e /sys/block/sda ] && break; sleep 0.2; done; cat /sys/block/sda/size'
  assert.equal(await askGuest(app, 'old', `${insert}; ${find}`), '10240 [0]')
  await createDisk(app, { name: 'six', size: MIB, format: 'raw' }, byTest)
  await assert.rejects(attachDisk(app, 'old', 'six,bus=scsi', byTest), {
    code: 'needs-restart',
    message: /was started without a SCSI disk, and so without a controller/,
  })
})
