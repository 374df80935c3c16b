/** Whenever weftd dies over a snapshot, it is there as a whole or not at all, and a machine is put back wholly or not at all. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { createDisk } from '../../src/app/disks.ts'
import type { App } from '../../src/app/ports.ts'
import { recover } from '../../src/app/recover.ts'
import { revertSnapshot } from '../../src/app/revert-snapshot.ts'
import { discardVm } from '../../src/app/save-vm.ts'
import { createSnapshot, deleteSnapshot, listSnapshots } from '../../src/app/snapshots.ts'
import { getState } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { Plan } from '../../src/core/plan/plan.ts'
import { snapshotFiles } from '../../src/core/vm/snapshot.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { joinedScript } from '../support/joined-script.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
const dryRun = { by: 'test', dryRun: true }
let built: BuiltApp
let app: App
let paths: string[]

before(async () => {
  built = await openWeft(root)
  app = built.app
  await createDisk(app, { name: 'one', size: 2 ** 20 }, byTest)
  await createDisk(app, { name: 'two', size: 2 ** 20 }, byTest)
  const draft = { ...guestDraft('web', await guestImage(root)), nets: [], disks: ['one', 'two'] }
  await createVm(app, draft, byTest)
  paths = app.vms.find('web')?.disks.map(({ path }) => path) ?? []
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

const state = (): string => getState(app, 'web').state
const tagsIn = async (path: string): Promise<boolean> =>
  (await app.images.snapshots(path)).includes('weft.kept')
const isListed = (): boolean => listSnapshots(app, 'web').snapshots.some(({ name }) => name === 'kept')
/** Also that nothing else is left in any disk. */
async function refuseHalf(where: string, hasMemory: boolean): Promise<void> {
  const files = snapshotFiles(app.facts.paths, 'web', 'kept')
  const there = isListed()
  assert.deepEqual(await Promise.all(paths.map(tagsIn)), [there, there], where)
  assert.equal(existsSync(files.memory), there && hasMemory, where)
  const inside = (await Promise.all(paths.map((path) => app.images.snapshots(path)))).flat()
  assert.equal(inside.length, there ? 2 : 0, `${where}: ${inside.join(' ')}`)
}

/** A weftd of its own is killed there; the next one recovers. */
async function dieAt(what: string, step: number, when: string): Promise<void> {
  built.close()
  const script = joinedScript('test/support/die-at-vm-step.ts')
  const args = ['--disable-warning=ExperimentalWarning', script, root, what, String(step), when]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.equal(signal, 'SIGKILL')
  built = await openWeft(root)
  app = built.app
  await recover(app)
  await built.adoptAll()
}

async function atEachStep(
  what: string,
  { steps }: Plan,
  look: (where: string) => Promise<void>,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const isJob = step.do.kind === 'qmp' && step.do.job !== undefined
    for (const when of isJob ? ['before', 'during', 'after'] : ['before', 'after']) {
      await dieAt(what, index, when)
      await look(`${what}, ${when} step ${String(index)}: ${step.reason}`)
    }
  }
}

for (const [what, diskOnly] of [
  ['take', false],
  ['take-disks', true],
] as const)
  test(`${what}: of a machine that runs, which goes on`, async () => {
    const { plan } = await createSnapshot(app, 'web', { name: 'kept', diskOnly }, dryRun)
    await atEachStep(what, plan, async (where) => {
      await refuseHalf(where, !diskOnly)
      assert.equal(state(), 'running', where)
      assert.equal(isListed(), false, where)
    })
    assert.equal(await askGuest(app, 'web', 'echo alive'), 'alive [0]')
  })

test('delete: while the machine runs, and while it does not', async () => {
  for (const isRunning of [true, false]) {
    await createSnapshot(app, 'web', { name: 'kept' }, byTest)
    if (!isRunning) await killVm(app, 'web', byTest)
    const hasMemory = (): boolean => listSnapshots(app, 'web').snapshots[0]?.memory !== undefined
    const { plan } = await deleteSnapshot(app, 'web', 'kept', dryRun)
    await atEachStep('delete', plan, async (where) => {
      await refuseHalf(where, isListed() && hasMemory())
      assert.equal(state(), isRunning ? 'running' : 'stopped', where)
      if (isListed()) return
      if (!isRunning) await startVm(app, 'web', byTest)
      await createSnapshot(app, 'web', { name: 'kept' }, byTest)
      if (!isRunning) await killVm(app, 'web', byTest)
    })
    await deleteSnapshot(app, 'web', 'kept', byTest)
    if (!isRunning) await startVm(app, 'web', byTest)
  }
})

test('revert: all disks are as they were then or as they are now, and only then is there its memory', async () => {
  await waitForConsole(app, 'web', /weft-guest up/)
  await askGuest(app, 'web', 'echo then > /dev/vda; echo then > /dev/vdb; sync')
  await createSnapshot(app, 'web', { name: 'kept' }, byTest)
  await killVm(app, 'web', byTest)
  writeNow()
  const { plan } = await revertSnapshot(app, 'web', 'kept', dryRun)
  await atEachStep('revert', plan, async (where) => {
    const isBack = state() === 'saved'
    assert.deepEqual(paths.map(firstByte), isBack ? ['t', 't'] : ['n', 'n'], where)
    await refuseHalf(where, true)
    if (!isBack) return
    await discardVm(app, 'web', byTest)
    writeNow()
  })
  await revertSnapshot(app, 'web', 'kept', byTest)
  assert.equal(await askGuest(app, 'web', 'head -n1 /dev/vda; head -n1 /dev/vdb'), 'then\nthen [0]')
})

/** An n in place of the first byte. */
function writeNow(): void {
  for (const path of paths) execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 110 0 512', path])
}

const firstByte = (path: string): string => {
  const said = execFileSync('qemu-io', ['-r', '-f', 'qcow2', '-c', 'read -v 0 16', path]).toString()
  return String.fromCharCode(Number.parseInt(/: +([0-9a-f]{2}) /.exec(said)?.[1] ?? '0', 16))
}
