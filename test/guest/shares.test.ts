/** Directories of this host in a guest: what either side writes the other reads, and what serves them lives and ends with the machine. */
import assert from 'node:assert/strict'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { attachShare, detachShare } from '../../src/app/plug-share.ts'
import { saveVm } from '../../src/app/save-vm.ts'
import { createSnapshot } from '../../src/app/snapshots.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { shareFiles, vmFiles } from '../../src/core/vm/context.ts'
import { vmGroup } from '../../src/core/vm/qemu-process.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { withModules, type ModuleImage } from '../support/module-image.ts'
import { until } from '../support/real-app.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
const host = (name: string): string => join(root, name)
let built: BuiltApp
let app: App
let image: ModuleImage

before(async () => {
  for (const name of ['data', 'books, old', 'drop', 'late']) mkdirSync(host(name))
  built = await openWeft(root)
  app = built.app
  image = await withModules(await guestImage(root), root, ['virtiofs'])
  const { uid, gid } = app.facts.qemuUser.owner
  chownSync(host('drop'), uid, gid)
  const shares = [`${host('data')}:data`, `${host('books, old')}:books,ro`, `${host('drop')}:drop,kind=9p`]
  // Memory that comes later has to be shared too.
  const sizes = { memoryMiB: 256, maxMemoryMiB: 512 }
  await createVm(app, { ...guestDraft('web', image), ...sizes, nets: [], shares }, byTest)
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

/** virtiofsd is two processes: one waits for the other, which has a PID namespace of its own. */
const serverPid = (id: string): number =>
  Number(readFileSync(shareFiles(app.facts.paths, 'web', id).pid, 'utf8'))
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number)
const isAlive = (pid: number): boolean => existsSync(`/proc/${String(pid)}/exe`)

test('what cannot be shared is refused before anything is made', async () => {
  const refuse = (share: string, message: RegExp): Promise<void> =>
    assert.rejects(createVm(app, { name: 'other', shares: [share] }, byTest), (error: Error & object) => {
      assert.match(`${error.message} ${JSON.stringify(error)}`, message)
      return true
    })
  await refuse(`${host('none')}:x`, /there is no directory/)
  await refuse(`${root}/var/lib:x`, /would give the guest what weft keeps/)
  await refuse(`${host('data')}:/data`, /the machine has no cloud-init/)
  await refuse(`${host('data')}:x,kind=9p`, /may not write to/)
  assert.equal(app.vms.find('other'), undefined)
})

test('what one side writes the other reads; what is read-only stays as it is', async () => {
  writeFileSync(join(host('data'), 'from-host'), 'woven\n')
  writeFileSync(join(host('books, old'), 'book'), 'read me\n')
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
  await askGuest(app, 'web', image.insert)
  const mount = (tag: string): string => `mkdir -p /mnt/${tag}; mount -t virtiofs ${tag} /mnt/${tag}`
  assert.equal(
    await askGuest(app, 'web', `${mount('data')}; ${mount('books')}; cat /mnt/data/from-host`),
    'woven [0]',
  )
  assert.equal(await askGuest(app, 'web', 'echo back > /mnt/data/from-guest && echo done'), 'done [0]')
  assert.equal(readFileSync(join(host('data'), 'from-guest'), 'utf8'), 'back\n')
  assert.equal(await askGuest(app, 'web', 'cat /mnt/books/book'), 'read me [0]')
  assert.match(await askGuest(app, 'web', 'echo x > /mnt/books/book'), /Read-only file system.*\[1\]/)
  assert.equal(readFileSync(join(host('books, old'), 'book'), 'utf8'), 'read me\n')
})

test('what serves a directory sees nothing else, and is in the control group of the machine', () => {
  const [served = 0] = childrenOf(serverPid('fs1'))
  const status = readFileSync(`/proc/${String(served)}/status`, 'utf8')
  assert.match(status, /^Seccomp:\s2$/m)
  assert.match(status, /^CapBnd:\s0+$/m)
  assert.deepEqual(readdirSync(`/proc/${String(served)}/root`).sort(), ['from-guest', 'from-host'])
  const { mode, gid } = statSync(shareFiles(app.facts.paths, 'web', 'fs1').socket)
  assert.deepEqual([mode & 0o777, gid], [0o660, app.facts.qemuUser.owner.gid])
  const group = vmGroup(app.facts, 'web')
  if (group === undefined) return
  assert.ok(readFileSync(`${group}/cgroup.procs`, 'utf8').split('\n').includes(String(served)))
})

/** Its guest's kernel has no driver for it: what QEMU offers is all that can be seen here. */
test('9p is offered by QEMU itself', async () => {
  const tag = await askGuest(app, 'web', "cat /sys/bus/virtio/devices/*/device | grep -c '^0x0009'")
  assert.equal(tag, '1 [0]')
})

test('a directory comes and goes while the guest runs', async () => {
  await attachShare(app, 'web', `${host('late')}:late`, byTest)
  const mount = 'mkdir -p /mnt/late; until mount -t virtiofs late /mnt/late 2>/dev/null; do sleep 0.2; done'
  assert.equal(await askGuest(app, 'web', `${mount}; echo new > /mnt/late/file && umount /mnt/late`), ' [0]')
  assert.equal(readFileSync(join(host('late'), 'file'), 'utf8'), 'new\n')
  assert.deepEqual(app.vms.find('web')?.shares?.at(-1), {
    path: host('late'),
    tag: 'late',
    kind: 'virtiofs',
    slot: 4,
  })
  const served = serverPid('fs4')
  await detachShare(app, 'web', 'late', byTest)
  await until('nobody serves it any more', () => !isAlive(served))
  assert.equal(app.vms.find('web')?.shares?.length, 3)
  assert.equal(existsSync(shareFiles(app.facts.paths, 'web', 'fs4').directory), false)

  const cold = { code: 'needs-restart', message: /9p/ }
  await assert.rejects(attachShare(app, 'web', `${host('late')}:old,kind=9p,ro`, byTest), cold)
  await assert.rejects(detachShare(app, 'web', 'drop', byTest), cold)
  await assert.rejects(detachShare(app, 'web', 'late', byTest), { code: 'not-found' })
})

test('neither its memory is saved nor a snapshot taken with it', async () => {
  await assert.rejects(saveVm(app, 'web', byTest), { code: 'unsupported', message: /virtiofs/ })
  await assert.rejects(createSnapshot(app, 'web', {}, byTest), { code: 'unsupported', message: /virtiofs/ })
})

test('it goes on while weftd is away', async () => {
  built.close()
  built = await openWeft(root)
  app = built.app
  await built.adoptAll()
  assert.equal(await askGuest(app, 'web', 'cat /mnt/data/from-host'), 'woven [0]')
})

test('nothing of it is left after the end, however that comes', async () => {
  const processes = (): number[] => ['fs1', 'fs2'].map(serverPid).flatMap((pid) => [pid, ...childrenOf(pid)])
  const first = processes()
  assert.equal(first.length, 4)
  await killVm(app, 'web', byTest)
  await until('nobody serves it any more', () => !first.some(isAlive))
  assert.equal(existsSync(vmFiles(app.facts.paths, 'web').directory), false)

  await startVm(app, 'web', byTest)
  const second = processes()
  assert.deepEqual(second.map(isAlive), [true, true, true, true])
  process.kill(app.machines.pid('web') ?? 0, 'SIGKILL')
  await until('weft has tidied up', () => !existsSync(vmFiles(app.facts.paths, 'web').directory))
  await until('nobody serves it any more', () => !second.some(isAlive))
})
