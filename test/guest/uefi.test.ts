/** Machines with UEFI: seen from inside, with a memory of their own that goes with them. */
import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { nvramFile } from '../../src/core/host/paths.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { makeUefiDisk } from '../support/uefi-disk.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
const disk = join(root, 'own.qcow2')
const FROM_DISK = { memoryMiB: 256, nets: [] } as const
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
})
after(() => {
  built.close()
})

test('UEFI boots a disk; its memory is kept while it is stopped and goes when it is deleted', async () => {
  await makeUefiDisk(await guestImage(root), root, disk)
  await createVm(app, { ...FROM_DISK, name: 'modern', firmware: 'uefi', disks: [disk] }, byTest)
  const nvram = nvramFile(app.facts.paths, 'modern')
  assert.equal(existsSync(nvram), false)
  await startVm(app, 'modern', byTest)
  await waitForConsole(app, 'modern', /weft-guest up/, 240_000)
  assert.match(await askGuest(app, 'modern', 'ls /sys/firmware/efi'), /runtime/)
  const { uid, mode } = statSync(nvram)
  assert.deepEqual([uid, mode & 0o777], [app.facts.qemuUser.owner.uid, 0o600])
  await killVm(app, 'modern', byTest)
  assert.ok(existsSync(nvram))
  await deleteVm(app, 'modern', byTest)
  assert.equal(existsSync(nvram), false)
})

test('with Secure Boot the same disk is refused, since nobody has signed what is on it', async () => {
  await createVm(app, { ...FROM_DISK, name: 'strict-disk', firmware: 'uefi-secure', disks: [disk] }, byTest)
  await startVm(app, 'strict-disk', byTest)
  const said = await waitForConsole(app, 'strict-disk', /failed to load Boot\S+ .*: Access Denied/, 240_000)
  assert.doesNotMatch(said, /weft-guest|Linux version/)
  await deleteVm(app, 'strict-disk', { ...byTest, force: true })
})

test('with Secure Boot the kernel itself says that it is on', async () => {
  const { kernel = '' } = guestDraft('strict', await guestImage(root))
  const append = 'console=ttyS0 no_timer_check'
  await createVm(app, { name: 'strict', memoryMiB: 256, kernel, append, firmware: 'uefi-secure' }, byTest)
  await startVm(app, 'strict', byTest)
  await waitForConsole(app, 'strict', /UEFI Secure Boot is enabled/, 240_000)
  await deleteVm(app, 'strict', { ...byTest, force: true })
})
