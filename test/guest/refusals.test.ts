/** What cannot work is refused before anything is done, and says what to do; disks come and go whole. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { undoChange } from '../../src/app/history.ts'
import { getDisk, listDisks } from '../../src/app/disk-images.ts'
import { createDisk, deleteDisk, resizeDisk } from '../../src/app/disks.ts'
import type { App } from '../../src/app/ports.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { WeftError } from '../../src/core/errors.ts'
import { poolDirectory } from '../../src/core/host/paths.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { byTest, newRoot, openWeft } from './weft-world.ts'

const root = newRoot()
const MIB = 2 ** 20
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
})

after(() => {
  built.close()
})

test('a machine on a network that is not active does not start, and the command that helps is told', async () => {
  await createVm(app, { name: 'early', nets: ['default'], memoryMiB: 64 }, byTest)
  await assert.rejects(startVm(app, 'early', byTest), { code: 'wrong-state', hint: 'weft net start default' })
  await deleteVm(app, 'early', byTest)
})

test('a missing disk, a disk QEMU may not read, and CPU host without KVM are told together', async () => {
  const secret = join(root, 'secret.img')
  writeFileSync(secret, Buffer.alloc(MIB))
  chmodSync(secret, 0o600)
  const problems = await problemsOf({
    name: 'bad',
    cpuModel: 'host',
    disks: [join(root, 'nowhere.img'), secret],
    nets: ['no-such-net'],
  })
  const told = problems.join('\n')
  assert.match(told, /there is no file '.*nowhere\.img'/)
  assert.match(told, /may not read '.*secret\.img' \(setfacl -m u:/)
  assert.match(told, /there is no network named 'no-such-net'/)
  if ((await app.host.acceleration()).kind === 'tcg') assert.match(told, /'host' needs KVM/)
  assert.equal(app.vms.find('bad'), undefined)
})

test('an unknown disk of the pool, a doubled name and a bad MAC are refused', async () => {
  await assert.rejects(createVm(app, { name: 'x', disks: ['nope'] }, byTest), { code: 'not-found' })
  await assert.rejects(createVm(app, { name: 'x', nets: ['default,zz'] }, byTest), {
    code: 'invalid-argument',
  })
  await createVm(app, { name: 'twice' }, byTest)
  await assert.rejects(createVm(app, { name: 'twice' }, byTest), { code: 'already-exists' })
  await deleteVm(app, 'twice', byTest)
})

test('a dry run of everything changes nothing', async () => {
  const shown = await createVm(app, { name: 'paper' }, { by: 'test', dryRun: true })
  assert.equal(shown.number, null)
  assert.equal(shown.plan.steps.length, 1)
  assert.equal(app.vms.find('paper'), undefined)
  await createDisk(app, { name: 'paper', size: MIB }, { by: 'test', dryRun: true })
  assert.deepEqual(await listDisks(app), [])
})

test("a disk belongs to QEMU's user alone, grows, shrinks only when told to, and is deleted", async () => {
  const { owner } = app.facts.qemuUser
  await createDisk(app, { name: 'web', size: 64 * MIB }, byTest)
  const disk = await getDisk(app, 'web')
  assert.deepEqual([disk.format, disk.size], ['qcow2', 64 * MIB])
  const stats = statSync(disk.path)
  assert.deepEqual([stats.mode & 0o777, stats.uid, stats.gid], [0o600, owner.uid, owner.gid])
  execFileSync('qemu-img', ['check', '-q', disk.path])

  await resizeDisk(app, 'web', { size: 128 * MIB }, byTest)
  assert.equal((await getDisk(app, 'web')).size, 128 * MIB)
  await assert.rejects(resizeDisk(app, 'web', { size: MIB }, byTest), { code: 'invalid-argument' })
  await resizeDisk(app, 'web', { size: MIB, mayShrink: true }, byTest)
  assert.equal((await getDisk(app, 'web')).size, MIB)
  await assert.rejects(createDisk(app, { name: 'web', size: MIB, format: 'raw' }, byTest), {
    code: 'already-exists',
  })
  await deleteDisk(app, 'web', byTest)
  await assert.rejects(getDisk(app, 'web'), { code: 'not-found' })
})

test('a disk on a backing file has its size; a missing or private backing file is refused', async () => {
  await createDisk(app, { name: 'base', size: 32 * MIB, format: 'raw' }, byTest)
  const { path } = await getDisk(app, 'base')
  await createDisk(app, { name: 'top', backing: path }, byTest)
  const top = await getDisk(app, 'top')
  assert.deepEqual([top.size, top.backing], [32 * MIB, path])
  await assert.rejects(createDisk(app, { name: 'lost', backing: '/nowhere.img' }, byTest), {
    code: 'invalid-definition',
  })
  for (const name of ['top', 'base']) await deleteDisk(app, name, byTest)
})

test('a disk of a running machine is neither made smaller nor deleted, one of a stopped machine not deleted', async () => {
  await createDisk(app, { name: 'busy', size: MIB, format: 'raw' }, byTest)
  await createVm(app, { name: 'user', disks: ['busy'], memoryMiB: 64 }, byTest)
  await assert.rejects(createVm(app, { name: 'thief', disks: ['busy'] }, byTest), /not acceptable/)
  await startVm(app, 'user', byTest)
  await assert.rejects(resizeDisk(app, 'busy', { size: MIB / 2, mayShrink: true }, byTest), {
    code: 'in-use',
    hint: 'weft vm stop user',
  })
  await killVm(app, 'user', byTest)
  await assert.rejects(deleteDisk(app, 'busy', byTest), { code: 'in-use', hint: 'weft vm delete user' })
  await deleteVm(app, 'user', byTest)
  await deleteDisk(app, 'busy', byTest)
})

test('a new disk can be taken back; one that a machine has or that was written to is not deleted by an undo', async () => {
  const made = async (name: string): Promise<number> =>
    (await createDisk(app, { name, size: MIB, format: 'raw' }, byTest)).number ?? 0
  await undoChange(app, await made('unused'), byTest)
  await assert.rejects(getDisk(app, 'unused'), { code: 'not-found' })

  const change = await made('dear')
  await createVm(app, { name: 'owner', disks: ['dear'], memoryMiB: 64 }, byTest)
  await assert.rejects(undoChange(app, change, byTest), refusedBecause(/machine 'owner' has been given/))
  await deleteVm(app, 'owner', byTest)
  const { path } = await getDisk(app, 'dear')
  const file = openSync(path, 'r+')
  writeSync(file, 'a letter')
  closeSync(file)
  await assert.rejects(undoChange(app, change, byTest), refusedBecause(/dear\.raw' has been written to/))
  assert.equal(readFileSync(path).toString('utf8', 0, 8), 'a letter')
  await deleteDisk(app, 'dear', byTest)
})

function refusedBecause(why: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof WeftError &&
    error.code === 'conflict' &&
    error.details.some(([label, text]) => label === 'since then' && why.test(text))
}

test('an image that is there but broken makes the start fail whole, with what QEMU said', async () => {
  const path = join(root, 'broken.img')
  const header = Buffer.alloc(512)
  header.writeUInt32BE(0x514649fb, 0)
  header.writeUInt32BE(99, 4)
  writeFileSync(path, header)
  chownSync(path, app.facts.qemuUser.owner.uid, app.facts.qemuUser.owner.gid)
  await createVm(app, { name: 'broken', disks: [path], memoryMiB: 64 }, byTest)
  const error = await startVm(app, 'broken', byTest).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WeftError)
  assert.equal(error.code, 'command-failed')
  const said = error.details.find(([label]) => label === 'it said')?.[1] ?? ''
  assert.match(said, /qcow2 version 99/)
  assert.deepEqual(readdirSync(`${app.facts.paths.run}/vms`), [])
  await deleteVm(app, 'broken', byTest)
})

test('a full pool is told as such, and nothing of the disk is left', async () => {
  const pool = poolDirectory(app.facts.paths)
  mkdirSync(pool, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=711', 'tmpfs', pool])
  await assert.rejects(createDisk(app, { name: 'big', size: 1024 * MIB }, byTest), { code: 'no-space' })
  assert.deepEqual(readdirSync(pool), [])
  execFileSync('umount', [pool])
})

async function problemsOf(draft: Parameters<typeof createVm>[1]): Promise<string[]> {
  const error = await createVm(app, draft, byTest).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WeftError)
  assert.equal(error.code, 'invalid-definition')
  return error.problems.map(({ message, hint }) => `${message} (${hint ?? ''})`)
}
