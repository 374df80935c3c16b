/** Disks that are committed, pulled and copied under a guest that goes on writing; what it has written is read again by the guest and by qemu-img. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { getDisk } from '../../src/app/disk-images.ts'
import { commitDisk, copyDisk, overlayDisk, pullDisk } from '../../src/app/disk-jobs.ts'
import { listJobs } from '../../src/app/disk-job-state.ts'
import { cancelJob, finishJob } from '../../src/app/end-disk-job.ts'
import { createDisk, deleteDisk, resizeDisk } from '../../src/app/disks.ts'
import { attachDisk, detachDisk } from '../../src/app/plug-disk.ts'
import type { App } from '../../src/app/ports.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { until } from '../support/real-app.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
const MIB = 2 ** 20
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
  await createDisk(app, { name: 'origin', size: 64 * MIB }, byTest)
  fill((await getDisk(app, 'origin')).path)
  await createDisk(app, { name: 'data', backing: 'origin' }, byTest)
  const draft = { ...guestDraft('web', await guestImage(root)), nets: [], disks: ['data'] }
  await createVm(app, draft, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
})

after(() => {
  built.close()
})

/** Every MiB of the image begins differently. */
function fill(path: string): void {
  const writes = Array.from({ length: 24 }, (_, place) => ['-c', `write -P ${place + 1} ${place}M 1M`])
  execFileSync('qemu-io', ['-f', 'qcow2', ...writes.flat(), path])
}

const device = (): string | undefined => app.vms.find('web')?.disks[0]?.path

/**
 * A writer in the guest that never rests: block after block of the second half of the disk gets a number, is flushed, and only then noted as
 * written. `stop` reads all of them again and says how many there were and how many were wrong.
 */
const WRITER =
  'w() { n=0; while [ ! -e /tmp/halt ]; do n=$((n + 1)); printf "%-511s\\n" $n | ' +
  'dd of=/dev/vda bs=512 seek=$((65536 + n % 4096)) conv=notrunc,fsync 2>/dev/null; [ $n != 12 ] || : >/tmp/enough; done; echo $n >/tmp/last; }'

async function startWriter(): Promise<void> {
  await askGuest(app, 'web', `rm -f /tmp/halt /tmp/last /tmp/enough; ${WRITER}`)
  await askGuest(app, 'web', '{ w >/dev/null 2>&1 & }')
}

const CHECK = [
  'while [ ! -e /tmp/enough ]; do sleep 0.1; done; touch /tmp/halt; while [ ! -s /tmp/last ]; do sleep 0.1; done; last=$(cat /tmp/last); bad=0; echo 3 >/proc/sys/vm/drop_caches;',
  'i=$((last > 60 ? last - 60 : 1)); while [ $i -le $last ]; do',
  'r=$(dd if=/dev/vda bs=512 skip=$((65536 + i % 4096)) count=1 2>/dev/null | head -c 12); [ "$(echo $r)" = $i ] || bad=$((bad + 1)); i=$((i + 1)); done;',
  'echo wrong $bad',
].join(' ')

/** How many it has written, the last of them read again. */
async function stopWriter(): Promise<number> {
  assert.equal(await askGuest(app, 'web', CHECK), 'wrong 0 [0]')
  return Number(/^\d+/.exec(await askGuest(app, 'web', 'cat /tmp/last'))?.[0])
}

/** The whole disk as the guest reads it. */
const seen = (): Promise<string> => askGuest(app, 'web', 'echo 3 >/proc/sys/vm/drop_caches; md5sum </dev/vda')

function digest(path: string, format = 'qcow2'): string {
  const command = `qemu-img convert -U -f ${format} -O raw '${path}' /tmp/flat.img && md5sum </tmp/flat.img; rm -f /tmp/flat.img`
  return execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trim()
}

test('an overlay comes under a guest that writes, and is committed again while it goes on', async () => {
  const below = device() ?? ''
  await startWriter()
  await overlayDisk(app, 'web', 'data', {}, byTest)
  assert.equal(device(), (await getDisk(app, 'data-1')).path)
  assert.deepEqual((await getDisk(app, 'data')).overlays, ['data-1'])
  await assert.rejects(resizeDisk(app, 'data', { size: 128 * MIB }, byTest), { code: 'in-use' })
  await commitDisk(app, 'web', 'data-1', byTest)
  assert.equal(device(), below)
  assert.ok((await stopWriter()) > 10)
  const guest = await seen()
  await detachDisk(app, 'web', 'data', byTest)
  assert.equal(`${digest(below)} [0]`, guest)
  assert.equal(existsSync(below.replace('data', 'data-1')), false)
  assert.deepEqual(readdirSync(`${root}/var/lib/weft/jobs`), [])
  await attachDisk(app, 'web', 'data', byTest)
})

test('a pull makes it a disk of its own, a copy is of one moment, and what is cancelled leaves nothing', async () => {
  const { path } = await getDisk(app, 'data')
  await startWriter()
  await pullDisk(app, 'web', 'data', byTest)
  assert.equal((await getDisk(app, 'data')).backing, undefined)
  await copyDisk(app, 'web', 'data', { name: 'moment', isPivot: false }, byTest)
  assert.equal((await getDisk(app, 'moment')).size, 64 * MIB)
  await copyDisk(app, 'web', 'data', { name: 'moved', format: 'raw', isPivot: true }, byTest)
  const moved = await getDisk(app, 'moved')
  assert.equal(device(), moved.path)
  await stopWriter()
  assert.ok(existsSync(path))
  const guest = await seen()
  assert.equal(`${digest(moved.path, 'raw')} [0]`, guest)
  await deleteDisk(app, 'data', byTest)
  await resizeDisk(app, 'moved', { size: 80 * MIB }, byTest)
})

test('a job that is under way is listed, protects its disks, and is cancelled; what it had begun goes', async () => {
  const slow = { ...byTest, isBackground: true, speed: 1024 }
  const wanted = { name: 'never', isPivot: true }
  assert.equal((await copyDisk(app, 'web', 'moved', wanted, slow)).result, 'begun')
  const [job] = await listJobs(app)
  assert.deepEqual([job?.kind, job?.status, (job?.done ?? 0) < (job?.total ?? 0)], ['copy', 'running', true])
  await assert.rejects(pullDisk(app, 'web', 'moved', byTest), { code: 'in-use' })
  await assert.rejects(detachDisk(app, 'web', 'moved', byTest), { code: 'in-use' })
  await assert.rejects(deleteDisk(app, 'never', byTest), { code: 'in-use' })
  await cancelJob(app, 'web', 'moved', byTest)
  assert.deepEqual(await listJobs(app), [])
  await assert.rejects(getDisk(app, 'never'), { code: 'not-found' })
  assert.equal(device(), (await getDisk(app, 'moved')).path)
})

test('a held copy follows what the guest writes, until it is of one moment or the machine goes over', async () => {
  const held = { ...byTest, isHeld: true }
  const isReady = async (): Promise<boolean> => (await listJobs(app))[0]?.status === 'ready'
  await copyDisk(app, 'web', 'moved', { name: 'kept', isPivot: false }, held)
  await until('the copy is ready', isReady)
  await startWriter()
  await finishJob(app, 'web', 'moved', false, byTest)
  await copyDisk(app, 'web', 'moved', { name: 'next', format: 'raw', isPivot: false }, held)
  await until('the next copy is ready', isReady)
  await finishJob(app, 'web', 'moved', true, byTest)
  const next = await getDisk(app, 'next')
  assert.equal(device(), next.path)
  await stopWriter()
  assert.equal(`${digest(next.path, 'raw')} [0]`, await seen())
  await deleteDisk(app, 'kept', byTest)
  await deleteDisk(app, 'moved', byTest)
})

test('a job goes with its machine, and what it had begun goes too', async () => {
  const slow = { ...byTest, isBackground: true, speed: 1024 }
  await copyDisk(app, 'web', 'next', { name: 'never', isPivot: false }, slow)
  await killVm(app, 'web', byTest)
  await until('the job is given up', async () => (await listJobs(app)).length === 0)
  assert.deepEqual(
    readdirSync(`${root}/var/lib/weft/disks`).filter((name) => name.startsWith('never')),
    [],
  )
})

test('of a machine that does not run the same is done by qemu-img', async () => {
  const before = digest((await getDisk(app, 'next')).path, 'raw')
  await overlayDisk(app, 'web', 'next', { name: 'over' }, byTest)
  await overlayDisk(app, 'web', 'over', { name: 'top' }, byTest)
  execFileSync('qemu-io', ['-c', 'write -P 0x5a 1M 64k', (await getDisk(app, 'top')).path])
  await commitDisk(app, 'web', 'top', byTest)
  assert.equal(device(), (await getDisk(app, 'over')).path)
  await createDisk(app, { name: 'other', backing: 'next' }, byTest)
  await assert.rejects(commitDisk(app, 'web', 'over', byTest), { code: 'in-use' })
  await pullDisk(app, 'web', 'over', byTest)
  const over = await getDisk(app, 'over')
  assert.equal(over.backing, undefined)
  assert.equal(digest((await getDisk(app, 'next')).path, 'raw'), before)
  assert.match(execFileSync('qemu-io', ['-r', '-c', 'read -P 0x5a 1M 64k', over.path]).toString(), /^read/)
  await copyDisk(app, 'web', 'over', { name: 'fresh', isPivot: true }, byTest)
  assert.equal(device(), (await getDisk(app, 'fresh')).path)
  assert.equal(digest((await getDisk(app, 'fresh')).path), digest(over.path))
})
