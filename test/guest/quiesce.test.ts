/** A guest whose file system holds still for a snapshot and a backup: it is whole there, and goes on whatever happens meanwhile. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createBackup, listBackups } from '../../src/app/backups.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { getDisk } from '../../src/app/disk-images.ts'
import { createDisk } from '../../src/app/disks.ts'
import { pauseVm, resumeVm } from '../../src/app/pause-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { recover } from '../../src/app/recover.ts'
import { lookAfterMachines } from '../../src/app/restart-vm.ts'
import { createSnapshot, deleteSnapshot, listSnapshots } from '../../src/app/snapshots.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { waitForVm } from '../../src/app/wait-vm.ts'
import type { Plan } from '../../src/core/plan/plan.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { START_AGENT, withAgent } from '../support/agent-image.ts'
import { joinedScript } from '../support/joined-script.ts'
import { withModules } from '../support/module-image.ts'
import { until } from '../support/real-app.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
const quiet = { name: 'kept', diskOnly: true, quiesce: true }
let built: BuiltApp
let app: App
let path: string

before(async () => {
  built = await openWeft(root)
  app = built.app
  await createDisk(app, { name: 'data', size: 32 * 2 ** 20 }, byTest)
  path = (await getDisk(app, 'data')).path
  const raw = join(root, 'data.raw')
  execFileSync('truncate', ['-s', '32M', raw])
  execFileSync('mkfs.ext4', ['-q', '-F', '-O', '^metadata_csum', raw])
  execFileSync('qemu-img', ['convert', '-n', '-f', 'raw', '-O', 'qcow2', raw, path])
  const modules = await withModules(await guestImage(root), root, ['crc32c_generic', 'ext4'])
  const image = await withAgent(modules, root)
  await createVm(app, { ...guestDraft('web', image), nets: [], disks: ['data'], memoryMiB: 192 }, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
  // Where they are built in there is nothing to insert.
  await askGuest(app, 'web', `true; ${modules.insert}`.replace(/; $/, ''))
  assert.match(await askGuest(app, 'web', 'mount -t ext4 /dev/vda /mnt'), /\[0\]$/)
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

/** Hangs while the file system holds still. */
async function writes(): Promise<void> {
  assert.match(await askGuest(app, 'web', 'echo more >>/mnt/file && busybox sync'), /\[0\]$/)
}

/** A mounted ext4 says so on the disk, unless it holds still. */
function isWhole(image: string, ...snapshot: string[]): boolean {
  const flat = join(root, 'flat.raw')
  // A running QEMU has it open: snapshots do not change.
  execFileSync('qemu-img', ['convert', '-U', ...snapshot, '-f', 'qcow2', '-O', 'raw', image, flat])
  return !execFileSync('dumpe2fs', ['-h', flat], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).includes('needs_recovery')
}

test('whose guest cannot be asked is refused before anything is done', async () => {
  await assert.rejects(createSnapshot(app, 'web', quiet, byTest), {
    code: 'wrong-state',
    hint: /qemu-guest-agent/,
  })
  assert.match(await askGuest(app, 'web', START_AGENT), /\[0\]$/)
  await waitForVm(app, 'web', 'agent')
  await assert.rejects(createSnapshot(app, 'web', { ...quiet, diskOnly: false }, byTest), {
    code: 'invalid-argument',
    hint: /--disk-only --quiesce/,
  })
  await pauseVm(app, 'web', byTest)
  const to = join(root, 'refused')
  await assert.rejects(createBackup(app, 'web', to, { ...byTest, isIncremental: false, isQuiesced: true }), {
    code: 'wrong-state',
    message: /paused/,
  })
  await resumeVm(app, 'web', byTest)
  assert.equal(listSnapshots(app, 'web').snapshots.length, 0)
})

test('its file system is whole in a snapshot, and it writes on', async () => {
  await writes()
  await createSnapshot(app, 'web', { name: 'cut', diskOnly: true }, byTest)
  assert.equal(isWhole(path, '-l', 'snapshot.name=weft.cut'), false)
  await createSnapshot(app, 'web', quiet, byTest)
  assert.equal(isWhole(path, '-l', 'snapshot.name=weft.kept'), true)
  await writes()
  for (const name of ['cut', 'kept']) await deleteSnapshot(app, 'web', name, byTest)
})

test('and in a backup', async () => {
  const to = join(root, 'backup')
  await createBackup(app, 'web', to, { ...byTest, isIncremental: false, isQuiesced: true })
  assert.equal(isWhole(join(to, 'web/1/disk0.qcow2')), true)
  await writes()
})

test('when something fails meanwhile it goes on', async () => {
  const failing: App = {
    ...app,
    host: {
      ...app.host,
      perform: (action) =>
        action.kind === 'qmp' && action.command === 'transaction'
          ? app.host.perform({ ...action, command: 'no-such-command' })
          : app.host.perform(action),
    },
  }
  await assert.rejects(createSnapshot(failing, 'web', quiet, byTest), { code: 'command-failed' })
  await writes()
})

test('whenever weftd dies over a snapshot, the next one lets it go on', async () => {
  const { plan } = await createSnapshot(app, 'web', quiet, { ...byTest, dryRun: true })
  for (const step of stepsMeanwhile(plan)) {
    await dieAfter('take-quiesced', step)
    await writes()
    assert.equal(listSnapshots(app, 'web').snapshots.length, 0)
  }
})

test('and over a backup: what QEMU has begun by then is of the moment in which it held still', async () => {
  const to = join(root, 'dead')
  const wanted = { isIncremental: false, isQuiesced: true }
  const { plan } = await createBackup(app, 'web', to, { ...wanted, by: 'test', dryRun: true })
  for (const step of stepsMeanwhile(plan)) {
    const isBegun = plan.steps[step]?.do.kind === 'qmp'
    await dieAfter('back-up-quiesced', step)
    await writes()
    await until('nothing is under way', () => app.backups.list().length === 0)
    const backups = await listBackups(app, to)
    assert.deepEqual(readdirSync(join(to, 'web')), isBegun ? ['1'] : [])
    assert.equal(backups.length, isBegun ? 1 : 0)
    if (isBegun) assert.equal(isWhole(join(to, 'web/1/disk0.qcow2')), true)
  }
})

/** From the one that lets it hold still to the one before it goes on. */
function stepsMeanwhile({ steps }: Plan): number[] {
  const [first = 0, last = 0] = steps.flatMap(({ do: action }, index) =>
    action.kind === 'agent' ? [index] : [],
  )
  assert.ok(last > first)
  return Array.from({ length: last - first }, (_, index) => first + index)
}

async function dieAfter(what: string, step: number): Promise<void> {
  built.close()
  const script = joinedScript('test/support/die-at-vm-step.ts')
  const args = ['--disable-warning=ExperimentalWarning', script, root, what, String(step), 'after']
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.equal(signal, 'SIGKILL')
  built = await openWeft(root)
  app = built.app
  await recover(app)
  await built.adoptAll()
  await lookAfterMachines(app)
}
