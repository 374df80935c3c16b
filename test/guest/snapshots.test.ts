/** Snapshots of machines that run and that do not: reverted, a counter in the guest and its disks are what they were. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { createDisk, deleteDisk } from '../../src/app/disks.ts'
import { attachDisk, detachDisk } from '../../src/app/plug-disk.ts'
import type { App } from '../../src/app/ports.ts'
import { revertSnapshot } from '../../src/app/revert-snapshot.ts'
import { saveVm } from '../../src/app/save-vm.ts'
import { createSnapshot, deleteSnapshot, listSnapshots } from '../../src/app/snapshots.ts'
import { getState } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { snapshotFiles } from '../../src/core/vm/snapshot.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import {
  askGuest,
  byTest,
  countOf,
  guestDraft,
  guestImage,
  newRoot,
  openWeftWithNetwork,
  startCounting,
  waitForConsole,
} from './weft-world.ts'

const root = newRoot()
const byForce = { ...byTest, force: true }
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeftWithNetwork(root)
  app = built.app
  await createDisk(app, { name: 'one', size: 2 ** 24 }, byTest)
  await createDisk(app, { name: 'two', size: 2 ** 24 }, byTest)
  await createDisk(app, { name: 'plain', size: 2 ** 20, format: 'raw' }, byTest)
  await createVm(app, { ...guestDraft('web', await guestImage(root)), disks: ['one', 'two'] }, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest ready/)
  await startCounting(app, 'web')
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

const counted = (): Promise<number> => countOf(app, 'web')
const state = (): string => getState(app, 'web').state
const write = (text: string): Promise<string> =>
  askGuest(app, 'web', `echo ${text} > /dev/vda; echo ${text} > /dev/vdb; sync`)
const disks = (): Promise<string> => askGuest(app, 'web', 'head -n1 /dev/vda; head -n1 /dev/vdb')
const pathOf = (place: number): string => app.vms.find('web')?.disks[place]?.path ?? ''
const insideOf = (place: number): string[] =>
  [
    ...execFileSync('qemu-img', ['snapshot', '-U', '-l', pathOf(place)])
      .toString()
      .matchAll(/weft[.\w-]+/g),
  ].map(([tag]) => tag)
const ofAll = (): unknown =>
  listSnapshots(app, 'web').snapshots.map(({ name, parent, state: was, memory }) => [
    name,
    parent ?? null,
    was,
    memory !== undefined,
  ])

test('a machine that runs is kept with its memory and goes on; reverted, its counter and its disks are what they were', async (t) => {
  await write('first')
  const from = performance.now()
  assert.equal((await createSnapshot(app, 'web', { name: 'first' }, byTest)).result, 'taken')
  const tookMs = performance.now() - from
  assert.equal(state(), 'running')
  const before = await counted()
  await write('second')
  await askGuest(app, 'web', 'echo 100000 > /tmp/late')
  // It has counted far beyond what the snapshot has.
  await askGuest(app, 'web', `while [ $(cat /tmp/count) -lt ${String(before + 30)} ]; do sleep 0.1; done`)

  await assert.rejects(revertSnapshot(app, 'web', 'first', byTest), { code: 'wrong-state', hint: /--force/ })
  const since = performance.now()
  assert.equal((await revertSnapshot(app, 'web', 'first', byForce)).result, 'reverted-running')
  const now = await counted()
  // It was no further than that, and has counted ten times a second at most since it was back.
  const most = before + (performance.now() - since) / 100
  assert.ok(now <= most, `${String(now)} is beyond ${String(most)}`)
  assert.equal(await disks(), 'first\nfirst [0]')
  assert.equal(await askGuest(app, 'web', 'cat /tmp/late 2>/dev/null'), ' [1]')
  await askGuest(app, 'web', `while [ $(cat /tmp/count) -le ${String(now)} ]; do sleep 0.1; done`)
  assert.deepEqual([insideOf(0), insideOf(1)], [['weft.first'], ['weft.first']])
  const { memory } = snapshotFiles(app.facts.paths, 'web', 'first')
  t.diagnostic(`taken in ${tookMs.toFixed(0)} ms, memory ${(statSync(memory).blocks / 2048).toFixed(0)} MiB`)
})

test('reverted a second time it is the same again, whatever has been plugged in since', async () => {
  await write('third')
  await askGuest(app, 'web', 'rm -f /tmp/count')
  await detachDisk(app, 'web', 'two', byTest)
  await revertSnapshot(app, 'web', 'first', byForce)
  assert.equal(await disks(), 'first\nfirst [0]')
  assert.equal(app.vms.find('web')?.disks.length, 2)
  assert.ok((await counted()) > 0)
})

test('only disks, of a machine that runs: all of them at one instant, and it is stopped when it is back', async () => {
  await write('fourth')
  await createSnapshot(app, 'web', { diskOnly: true, description: 'for a while' }, byTest)
  await write('fifth')
  const { result, notes } = await revertSnapshot(app, 'web', 'snap1', byForce)
  assert.equal(result, 'reverted')
  assert.match(notes.join('\n'), /as after a power cut/)
  assert.equal(state(), 'stopped')
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest ready/)
  assert.equal(await disks(), 'fourth\nfourth [0]')
})

test('of a machine that does not run; what was taken after what is a tree', async () => {
  await killVm(app, 'web', byTest)
  await createSnapshot(app, 'web', { name: 'cold' }, byTest)
  await revertSnapshot(app, 'web', 'first', byTest)
  assert.equal(state(), 'running')
  await createSnapshot(app, 'web', { name: 'branch', diskOnly: true }, byTest)
  assert.deepEqual(ofAll(), [
    ['first', null, 'running', true],
    ['snap1', 'first', 'running', false],
    ['cold', 'snap1', 'stopped', false],
    ['branch', 'first', 'running', false],
  ])
  await assert.rejects(createSnapshot(app, 'web', { name: 'cold' }, byTest), { code: 'already-exists' })
  await assert.rejects(createSnapshot(app, 'web', { name: '../x' }, byTest), { code: 'invalid-argument' })
})

test('a raw image that is written to is refused by name, and nothing was done', async () => {
  await attachDisk(app, 'web', 'plain', byTest)
  await assert.rejects(
    createSnapshot(app, 'web', { name: 'no' }, byTest),
    (error: { problems: object[] }) => {
      assert.match(JSON.stringify(error.problems), /plain\.raw' is a raw image/)
      return true
    },
  )
  assert.equal(insideOf(0).includes('weft.no'), false)
  await detachDisk(app, 'web', 'plain', byTest)
})

test('what snapshots need is kept: disks, machines that have them, saved ones', async () => {
  await assert.rejects(deleteDisk(app, 'one', byTest), { code: 'in-use' })
  await saveVm(app, 'web', byTest)
  await assert.rejects(createSnapshot(app, 'web', {}, byTest), { code: 'wrong-state' })
  await assert.rejects(deleteSnapshot(app, 'web', 'cold', byTest), { code: 'wrong-state' })
  await startVm(app, 'web', byTest)
  await killVm(app, 'web', byTest)
  await assert.rejects(deleteVm(app, 'web', byTest), {
    code: 'in-use',
    hint: /weft snapshot delete web first/,
  })
  await startVm(app, 'web', byTest)
})

test('each is deleted by itself, while the machine runs and while it does not', async () => {
  await deleteSnapshot(app, 'web', 'snap1', byTest)
  assert.deepEqual(insideOf(1), ['weft.first', 'weft.cold', 'weft.branch'])
  assert.deepEqual(
    listSnapshots(app, 'web').snapshots.map(({ name, parent }) => [name, parent]),
    [
      ['first', undefined],
      ['cold', 'first'],
      ['branch', 'first'],
    ],
  )
  await killVm(app, 'web', byTest)
  await deleteSnapshot(app, 'web', 'first', byTest)
  assert.equal(existsSync(snapshotFiles(app.facts.paths, 'web', 'first').memory), false)
  for (const name of ['cold', 'branch']) await deleteSnapshot(app, 'web', name, byTest)
  assert.deepEqual([insideOf(0), insideOf(1), ofAll()], [[], [], []])
  await assert.rejects(revertSnapshot(app, 'web', 'cold', byTest), { code: 'not-found' })
  assert.equal((await app.images.check(pathOf(0), 'qcow2')).errors, 0)
})
