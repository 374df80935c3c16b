/** Disks and the machines they belong to: deleted together, kept for others, and copies that are taken back. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cloneDisk, importDisk } from '../../src/app/copy-disk.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { getDisk, listDisks } from '../../src/app/disk-images.ts'
import { createDisk, deleteDisk } from '../../src/app/disks.ts'
import { undoChange, undoLast } from '../../src/app/history.ts'
import type { App } from '../../src/app/ports.ts'
import { startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { byTest, newRoot, openWeft } from './weft-world.ts'

const MIB = 2 ** 20
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(newRoot())
  app = built.app
})

after(() => {
  built.close()
})

const names = async (): Promise<string[]> => (await listDisks(app)).map(({ name }) => name).sort()

test('a machine goes with the disks that are its own; those of others and what others begin with stay, and that is said', async () => {
  for (const name of ['own', 'shared', 'base', 'template'])
    await createDisk(app, { name, size: 2 * MIB }, byTest)
  await createDisk(app, { name: 'over', backing: 'template' }, byTest)
  await createVm(app, { name: 'db', memoryMiB: 32, disks: ['shared,ro'] }, byTest)
  const disks = ['own', 'over', 'shared,ro', 'base']
  await createVm(app, { name: 'web', memoryMiB: 32, disks }, byTest)
  await createDisk(app, { name: 'new', size: MIB }, byTest)
  await startVm(app, 'web', byTest)
  await assert.rejects(deleteVm(app, 'web', { ...byTest, disks: true }), { code: 'wrong-state' })
  const planned = await deleteVm(app, 'web', { by: 'test', dryRun: true, disks: true, force: true })
  const { notes } = await deleteVm(app, 'web', { ...byTest, disks: true, force: true })
  assert.deepEqual(planned.notes, notes)
  assert.deepEqual(await names(), ['new', 'shared', 'template'])
  assert.match(notes[0] ?? '', /^with its disk .*\/own\.qcow2: 2 MiB, [\d.]+ [KM]iB of them used$/)
  assert.match(notes.at(-1) ?? '', /^its disk is kept: .*\/shared\.qcow2 \(machine 'db' has it too\)$/)
  assert.equal(app.machines.isRunning('web'), false)
  await deleteVm(app, 'db', byTest)
  for (const name of ['shared', 'template', 'new']) await deleteDisk(app, name, byTest)
})

test('a copy and an import are taken back; not when another disk begins with them', async () => {
  await createDisk(app, { name: 'one', size: MIB, format: 'raw' }, byTest)
  await cloneDisk(app, 'one', { name: 'two' }, byTest)
  await undoLast(app, byTest)
  assert.deepEqual(await names(), ['one'])
  const { path } = await getDisk(app, 'one')
  const { number } = await importDisk(app, { path }, { name: 'three' }, byTest)
  await createDisk(app, { name: 'four', backing: 'three' }, byTest)
  await assert.rejects(undoChange(app, number ?? 0, byTest), { code: 'conflict' })
  await deleteDisk(app, 'four', byTest)
  const undone = await undoChange(app, number ?? 0, byTest)
  assert.deepEqual(await names(), ['one'])
  await assert.rejects(undoChange(app, undone.number ?? 0, byTest), { code: 'unsupported' })
})
