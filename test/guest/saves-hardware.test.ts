/** What came while a machine ran, and what its firmware remembers, is there again after a restore and after a revert. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { attachNic, detachNic } from '../../src/app/change-nics.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { createDisk } from '../../src/app/disks.ts'
import { attachDisk } from '../../src/app/plug-disk.ts'
import type { App } from '../../src/app/ports.ts'
import { revertSnapshot } from '../../src/app/revert-snapshot.ts'
import { saveVm } from '../../src/app/save-vm.ts'
import { createSnapshot } from '../../src/app/snapshots.ts'
import { setHardware } from '../../src/app/set-hardware.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { nvramFile } from '../../src/core/host/paths.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
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
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeftWithNetwork(root)
  app = built.app
  await createDisk(app, { name: 'late', size: 2 ** 20 }, byTest)
  const draft = guestDraft('web', await guestImage(root))
  await createVm(app, { ...draft, memoryMiB: 256, maxMemoryMiB: 512, firmware: 'uefi' }, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest ready/)
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

const devices = (): Promise<string> =>
  askGuest(app, 'web', 'ls /sys/class/net /sys/block | grep -E "eth|vd" | sort')
const ALL = 'eth0\neth1\nvda [0]'

test('a NIC and a disk that were plugged in, and UEFI, are there after a restore', async () => {
  await attachNic(app, 'web', 'default', byTest)
  await attachDisk(app, 'web', 'late', byTest)
  await askGuest(
    app,
    'web',
    'while [ ! -e /sys/class/net/eth1 ] || [ ! -e /sys/block/vda ]; do sleep 0.1; done',
  )
  await askGuest(app, 'web', 'echo here > /tmp/mark')
  await saveVm(app, 'web', byTest)
  assert.equal((await startVm(app, 'web', byTest)).result, 'restored')
  assert.equal(await devices(), ALL)
  assert.equal(
    await askGuest(app, 'web', 'cat /tmp/mark; ls -d /sys/firmware/efi'),
    'here\n/sys/firmware/efi [0]',
  )
  assert.equal(await askGuest(app, 'web', 'ping -c1 -W20 192.168.122.1 >/dev/null'), ' [0]')
})

test('after a revert too, with the NVRAM of that time, whatever has been changed since', async () => {
  await createSnapshot(app, 'web', { name: 'kept' }, byTest)
  const mac = app.vms.find('web')?.nics[1]?.mac ?? ''
  await detachNic(app, 'web', mac, byTest)
  assert.equal(app.vms.find('web')?.nics.length, 1)
  await killVm(app, 'web', byTest)
  const nvram = nvramFile(app.facts.paths, 'web')
  const then = readFileSync(nvram)
  writeFileSync(nvram, Buffer.alloc(then.length, 0xff))
  await revertSnapshot(app, 'web', 'kept', byTest)
  assert.equal(await devices(), ALL)
  assert.equal(app.vms.find('web')?.nics.length, 2)
  assert.ok(readFileSync(nvram).equals(then))
})

for (const [what, memoryMiB, asked] of [
  ['given', 320, 64],
  ['taken', 200, 0],
] as const)
  test(`memory that was ${what} while it ran is so after a restore, and stays to be changed`, async () => {
    await setHardware(app, 'web', { memoryMiB }, byTest)
    await saveVm(app, 'web', byTest)
    assert.equal((await startVm(app, 'web', byTest)).result, 'restored')
    const device = { path: '/machine/peripheral/memory1', property: 'requested-size' }
    assert.equal(await app.machines.ask('web', 'qom-get', device), asked * 2 ** 20)
    assert.equal(app.machines.spec('web')?.memoryMiB, memoryMiB)
    assert.equal((await setHardware(app, 'web', { memoryMiB: 256 }, byTest)).result, 'set')
    assert.equal(await askGuest(app, 'web', 'echo alive'), 'alive [0]')
  })
