/** Disks that come, grow and go while a guest runs, as the guest sees them; and the laws over coming and going. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { getDisk } from '../../src/app/disk-images.ts'
import { createDisk, resizeDisk } from '../../src/app/disks.ts'
import { limitDisk } from '../../src/app/limit-disk.ts'
import { attachDisk, detachDisk } from '../../src/app/plug-disk.ts'
import type { App } from '../../src/app/ports.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { vmFiles } from '../../src/core/vm/context.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { DISK_LAW_CASES } from '../support/disk-law-cases.ts'
import { checkLaws } from '../support/laws.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
const MIB = 2 ** 20
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
  await createDisk(app, { name: 'data', size: 16 * MIB }, byTest)
  await createDisk(app, { name: 'more', size: 8 * MIB, format: 'raw' }, byTest)
  await createVm(app, { ...guestDraft('web', await guestImage(root)), nets: [] }, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
})

after(() => {
  built.close()
})

const sectors = async (device: string, count: number): Promise<void> => {
  // The kernel needs a moment for what QEMU has told it.
  const loop = `for i in $(seq 300); do [ "$(cat /sys/block/${device}/size)" = ${String(count)} ] && break; sleep 0.2; done`
  assert.equal(await askGuest(app, 'web', `${loop}; cat /sys/block/${device}/size`), `${String(count)} [0]`)
}

test('a disk that is attached is seen by the guest at once, and kept in the definition', async () => {
  await attachDisk(app, 'web', 'data,iops=5000', byTest)
  await sectors('vda', (16 * MIB) / 512)
  await askGuest(app, 'web', 'echo woven > /dev/vda; sync')
  assert.deepEqual(
    app.vms.find('web')?.disks.map(({ id, iops }) => [id, iops]),
    [['disk0', 5000]],
  )
  assert.equal((await attachDisk(app, 'web', 'data', byTest)).result, 'already-attached')
  await assert.rejects(attachDisk(app, 'web', 'more,bus=sata', byTest), { code: 'needs-restart' })
})

test('it grows while the guest runs, and the guest sees the room', async () => {
  await resizeDisk(app, 'data', { size: 32 * MIB }, byTest)
  await sectors('vda', (32 * MIB) / 512)
  await assert.rejects(resizeDisk(app, 'data', { size: 16 * MIB, mayShrink: true }, byTest), {
    code: 'in-use',
  })
})

test('it is held to another speed while the guest runs, and let go again', async () => {
  const throttle = async (): Promise<unknown[]> => {
    const blocks = (await app.machines.ask('web', 'query-block')) as {
      readonly inserted?: { readonly 'node-name': string; readonly iops: number; readonly bps: number }
    }[]
    const seen = blocks.find(({ inserted }) => inserted?.['node-name'] === 'disk0')?.inserted
    const [disk] = app.vms.find('web')?.disks ?? []
    return [seen?.iops, seen?.bps, disk?.iops, disk?.bps]
  }
  await limitDisk(app, 'web', 'data', { bps: MIB }, byTest)
  assert.deepEqual(await throttle(), [5000, MIB, 5000, MIB])
  const from = performance.now()
  await askGuest(app, 'web', 'echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/vda of=/dev/null bs=64k count=48')
  assert.ok(performance.now() - from > 1500)
  assert.equal((await limitDisk(app, 'web', 'data', { bps: MIB }, byTest)).result, 'unchanged')
  await limitDisk(app, 'web', 'data', { bps: 0, iops: 0 }, byTest)
  assert.deepEqual(await throttle(), [0, 0, undefined, undefined])
})

test('one goes without the other, and what was written is there', async () => {
  await attachDisk(app, 'web', 'more', byTest)
  await sectors('vdb', (8 * MIB) / 512)
  await detachDisk(app, 'web', 'data', byTest)
  assert.equal(await askGuest(app, 'web', 'ls /sys/block | grep vd'), 'vdb [0]')
  assert.deepEqual(
    app.vms.find('web')?.disks.map(({ id }) => id),
    ['disk1'],
  )
  const { path } = await getDisk(app, 'data')
  assert.match(
    execFileSync('qemu-io', ['-r', '-f', 'qcow2', '-c', 'read -v 0 512', path]).toString(),
    /woven/,
  )
  await attachDisk(app, 'web', 'data', byTest)
  await detachDisk(app, 'web', 'disk1', byTest)
  const live = JSON.parse(readFileSync(vmFiles(app.facts.paths, 'web').live, 'utf8')) as {
    spec: { disks: unknown[] }
  }
  assert.equal(live.spec.disks.length, 1)
})

test('a machine that does not run has the disk from its next start on', async () => {
  await killVm(app, 'web', byTest)
  const { notes } = await attachDisk(app, 'web', 'more', byTest)
  assert.deepEqual(notes, ['the machine has it from its next start on'])
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
  assert.equal(await askGuest(app, 'web', 'ls /sys/block | grep -c vd'), '2 [0]')
  await killVm(app, 'web', byTest)
})

checkLaws(DISK_LAW_CASES)
