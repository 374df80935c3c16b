/** Disks as people use them: copies, what begins with what, and who may not touch whom; with QEMU's own tools as judges. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkDisk, repairDisk, wipeDisk } from '../../src/app/care-disk.ts'
import { cloneDisk, importDisk } from '../../src/app/copy-disk.ts'
import { convertDisk } from '../../src/app/convert-disk.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { getDisk, listDisks } from '../../src/app/disk-images.ts'
import { createDisk, deleteDisk, resizeDisk } from '../../src/app/disks.ts'
import { qmpCommand } from '../../src/qemu/qmp.ts'
import { vmFiles } from '../../src/core/vm/context.ts'
import { definePool, listPools, undefinePool } from '../../src/app/pools.ts'
import type { App } from '../../src/app/ports.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { WeftError } from '../../src/core/errors.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { byTest, newRoot, openWeft } from './weft-world.ts'

const root = newRoot()
const MIB = 2 ** 20
let built: BuiltApp
let app: App
let pool: string

before(async () => {
  built = await openWeft(root)
  app = built.app
  pool = join(root, 'var/lib/weft/disks')
})

after(() => {
  built.close()
})

const write = (path: string, pattern: string, format: string): string =>
  execFileSync('qemu-io', ['-f', format, '-c', `write -P ${pattern} 0 1M`, path], { encoding: 'utf8' })
const holds = (path: string, pattern: string, format: string): boolean =>
  !execFileSync('qemu-io', ['-f', format, '-c', `read -P ${pattern} 0 1M`, path], {
    encoding: 'utf8',
  }).includes('verification failed')
const refusals = (error: unknown): string => {
  assert.ok(error instanceof WeftError)
  return [error.message, ...error.problems.map(({ message }) => message)].join('\n')
}
const rejectsSaying = (work: Promise<unknown>, says: RegExp): Promise<void> =>
  assert.rejects(work, (error) => says.test(refusals(error)) || assert.fail(refusals(error)))

test('a clone has what the disk has, in its format or another one; a name that is taken is refused', async () => {
  await createDisk(app, { name: 'one', size: 64 * MIB }, byTest)
  const one = await getDisk(app, 'one')
  write(one.path, '0x5a', 'qcow2')
  await cloneDisk(app, 'one', { name: 'two' }, byTest)
  await cloneDisk(app, 'one', { name: 'flat', format: 'raw' }, byTest)
  for (const name of ['two', 'flat']) {
    const copy = await getDisk(app, name)
    assert.equal(copy.size, 64 * MIB)
    assert.ok(holds(copy.path, '0x5a', copy.format), name)
  }
  assert.ok((await getDisk(app, 'flat')).used <= 2 * MIB)
  await assert.rejects(cloneDisk(app, 'one', { name: 'two' }, byTest), { code: 'already-exists' })
})

test('what a disk begins with is not resized, wiped, deleted or written to, and comes free when the disk goes', async () => {
  await createDisk(app, { name: 'top', backing: 'one' }, byTest)
  assert.deepEqual((await getDisk(app, 'one')).overlays, ['top'])
  for (const deed of [
    resizeDisk(app, 'one', { size: 128 * MIB }, byTest),
    wipeDisk(app, 'one', byTest),
    deleteDisk(app, 'one', byTest),
  ])
    await rejectsSaying(deed, /disk 'top' begins with what is in disk 'one'/)
  await rejectsSaying(
    createVm(app, { name: 'writer', memoryMiB: 64, disks: ['one'] }, byTest),
    /'top' begins with/,
  )
  await createVm(app, { name: 'reader', memoryMiB: 64, disks: ['one,ro', 'top'] }, byTest)
  await startVm(app, 'reader', byTest)
  await killVm(app, 'reader', byTest)
  await deleteVm(app, 'reader', byTest)
  assert.ok(holds((await getDisk(app, 'top')).path, '0x5a', 'qcow2'))
  await deleteDisk(app, 'top', byTest)
  await createVm(app, { name: 'writer', memoryMiB: 64, disks: ['one,iops=500,bps=20M'] }, byTest)
  await rejectsSaying(createDisk(app, { name: 'late', backing: 'one' }, byTest), /machine 'writer' writes to/)
})

test('one file is one disk by whatever path, and a machine that is started by hand keeps it', async () => {
  const { path } = await getDisk(app, 'one')
  const [hard, soft] = [join(pool, 'hard.img'), join(root, 'soft.img')]
  linkSync(path, hard)
  symlinkSync(path, soft)
  for (const other of [hard, soft, join(pool, '../disks/one.qcow2')])
    await rejectsSaying(
      createVm(app, { name: 'thief', memoryMiB: 64, disks: [`${other},format=qcow2`] }, byTest),
      /is a disk of machine 'writer' already/,
    )
  await startVm(app, 'writer', byTest)
  const blocks = await qmpCommand(vmFiles(app.facts.paths, 'writer').qmp, 'query-block')
  const [block] = blocks as { inserted: Record<string, unknown> }[]
  assert.deepEqual([block?.inserted['iops'], block?.inserted['bps']], [500, 20 * MIB])
  assert.throws(() => write(hard, '0x11', 'qcow2'), /Failed to get "write" lock/)
  await rejectsSaying(cloneDisk(app, 'one', { name: 'torn' }, byTest), /in use by machine 'writer'/)
  await rejectsSaying(checkDisk(app, 'one'), /in use by machine 'writer'/)
  await killVm(app, 'writer', byTest)
  await deleteVm(app, 'writer', byTest)
})

test('an image that names another file is not believed unless somebody says so', async () => {
  const trap = join(root, 'trap.img')
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', trap, '1M'])
  await rejectsSaying(
    importDisk(app, { path: trap }, { name: 'trap' }, byTest),
    /names another file, '\/etc\/passwd'/,
  )
  await rejectsSaying(createVm(app, { name: 'trap', disks: [trap] }, byTest), /names another file/)
  await rejectsSaying(createDisk(app, { name: 'trap', backing: trap }, byTest), /names another file/)
  await importDisk(app, { path: trap, format: 'raw' }, { name: 'trap' }, byTest)
  assert.equal((await getDisk(app, 'trap')).backing, undefined)
  // In a pool the name says what it is, whatever a guest has written.
  await createDisk(app, { name: 'guest', size: MIB, format: 'raw' }, byTest)
  writeFileSync((await getDisk(app, 'guest')).path, readFileSync(trap))
  truncateSync((await getDisk(app, 'guest')).path, MIB)
  await createDisk(app, { name: 'above', backing: 'guest' }, byTest)
  const info = execFileSync('qemu-img', ['info', '--output=json', (await getDisk(app, 'above')).path])
  const { 'backing-filename-format': format } = JSON.parse(info.toString()) as Record<string, unknown>
  assert.equal(format, 'raw')
  assert.equal((await getDisk(app, 'guest')).size, MIB)
})

test('a broken image is told, and repaired; a wiped one is empty and as large as before', async () => {
  await createDisk(app, { name: 'ill', size: 16 * MIB }, byTest)
  const { path } = await getDisk(app, 'ill')
  write(path, '0x77', 'qcow2')
  assert.deepEqual(await checkDisk(app, 'ill'), { errors: 0, leaks: 0 })
  truncateSync(path, 3 * MIB)
  execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 0x00 128k 64k', path])
  assert.notEqual((await checkDisk(app, 'ill')).errors, 0)
  await repairDisk(app, 'ill', byTest)
  assert.deepEqual(await checkDisk(app, 'ill'), { errors: 0, leaks: 0 })
  await wipeDisk(app, 'ill', byTest)
  assert.equal((await getDisk(app, 'ill')).size, 16 * MIB)
  assert.ok(holds(path, '0x00', 'qcow2'))
})

test('a disk is converted under its name, and its machines have it; a name stands for one file', async () => {
  await createDisk(app, { name: 'shape', size: 16 * MIB }, byTest)
  write((await getDisk(app, 'shape')).path, '0x66', 'qcow2')
  await createVm(app, { name: 'shaped', memoryMiB: 64, disks: ['shape'] }, byTest)
  for (const format of ['raw', 'qcow2'] as const) {
    await convertDisk(app, 'shape', format, byTest)
    const disk = await getDisk(app, 'shape')
    assert.deepEqual([disk.format, disk.size, disk.machines], [format, 16 * MIB, ['shaped']])
    assert.ok(holds(disk.path, '0x66', format))
    assert.equal(app.vms.find('shaped')?.disks[0]?.format, format)
    assert.equal((await listDisks(app)).filter(({ name }) => name === 'shape').length, 1)
  }
  await startVm(app, 'shaped', byTest)
  await rejectsSaying(convertDisk(app, 'shape', 'raw', byTest), /in use by machine 'shaped'/)
  await killVm(app, 'shaped', byTest)
  await deleteVm(app, 'shaped', byTest)
})

test('disks lie in pools of their own and are found by name alone; a pool that has some stays', async () => {
  const fast = join(root, 'fast')
  await definePool(app, { name: 'fast', kind: 'directory', path: fast }, byTest)
  await createDisk(app, { name: 'quick', size: MIB, pool: 'fast' }, byTest)
  assert.equal((await getDisk(app, 'quick')).path, join(fast, 'quick.qcow2'))
  await assert.rejects(createDisk(app, { name: 'quick', size: MIB }, byTest), { code: 'already-exists' })
  await assert.rejects(undefinePool(app, 'fast', byTest), { code: 'in-use' })
  await assert.rejects(undefinePool(app, 'default', byTest), { code: 'wrong-state' })
  assert.deepEqual(
    (await listPools(app)).map(({ name }) => name),
    ['default', 'fast'],
  )
  await deleteDisk(app, 'quick', byTest)
  await undefinePool(app, 'fast', byTest)
})

test('a full filesystem leaves nothing of a copy', async () => {
  const small = join(root, 'small')
  mkdirSync(small)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0711', 'tmpfs', small])
  try {
    await definePool(app, { name: 'small', kind: 'directory', path: small }, byTest)
    await createDisk(app, { name: 'big', size: 16 * MIB, format: 'raw' }, byTest)
    execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 0x33 0 8M', (await getDisk(app, 'big')).path])
    await assert.rejects(cloneDisk(app, 'big', { name: 'copy', pool: 'small' }, byTest), { code: 'no-space' })
    assert.deepEqual(readdirSync(small), [])
    assert.equal(
      (await listDisks(app)).some(({ name }) => name === 'copy'),
      false,
    )
  } finally {
    execFileSync('umount', [small])
  }
})
