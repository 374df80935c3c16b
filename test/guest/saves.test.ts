/** Machines saved to a file and restored: a counter in the guest goes on where it was. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { defineVm } from '../../src/app/define-vm.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { createDisk, resizeDisk } from '../../src/app/disks.ts'
import { pauseVm } from '../../src/app/pause-vm.ts'
import { attachDisk } from '../../src/app/plug-disk.ts'
import type { App } from '../../src/app/ports.ts'
import { discardVm, saveVm } from '../../src/app/save-vm.ts'
import { getState, getVm } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { formatVmDefinition, readVmDefinition } from '../../src/definition/vm.ts'
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
let built: BuiltApp
let app: App
let bootMs = 0

before(async () => {
  built = await openWeftWithNetwork(root)
  app = built.app
  await createDisk(app, { name: 'data', size: 2 ** 24 }, byTest)
  await createDisk(app, { name: 'later', size: 2 ** 23, format: 'raw' }, byTest)
  await createVm(app, { ...guestDraft('web', await guestImage(root)), disks: ['data'] }, byTest)
  const from = performance.now()
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest ready/)
  bootMs = performance.now() - from
  await startCounting(app, 'web')
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

const counted = (): Promise<number> => countOf(app, 'web')
const state = (): string => getState(app, 'web').state
const files = (): string[] => readdirSync(`${root}/var/lib/weft/saves`).sort()

test('saved it has no process any more and a private file, and restored it counts on where it was', async (t) => {
  await askGuest(app, 'web', 'echo woven > /dev/vda; sync')
  await attachDisk(app, 'web', 'later', byTest)
  const before = await counted()
  assert.ok(before > 0)
  assert.equal((await saveVm(app, 'web', byTest)).result, 'saved')
  assert.equal(state(), 'saved')
  assert.equal(app.machines.isRunning('web'), false)
  assert.ok(!existsSync(`${root}/run/weft/vms/web`))
  const memory = statSync(`${root}/var/lib/weft/saves/web.memory`)
  assert.deepEqual([memory.mode & 0o777, memory.uid], [0o600, app.facts.qemuUser.owner.uid])

  const from = performance.now()
  assert.equal((await startVm(app, 'web', byTest)).result, 'restored')
  const restoreMs = performance.now() - from
  const now = await counted()
  // From the start it would have to count that far again: the shell's answer comes sooner.
  assert.ok(now >= before, `${String(now)} after ${String(before)}`)
  assert.deepEqual(files(), [])
  assert.equal(await askGuest(app, 'web', 'head -c5 /dev/vda; ls /sys/block | grep -c vd'), 'woven2 [0]')
  t.diagnostic(
    `boot ${bootMs.toFixed(0)} ms, restore ${restoreMs.toFixed(0)} ms, file ${(memory.blocks / 2048).toFixed(0)} MiB`,
  )
})

test('one that was paused is paused again', async () => {
  await pauseVm(app, 'web', byTest)
  await saveVm(app, 'web', byTest)
  await startVm(app, 'web', byTest)
  assert.equal(state(), 'paused')
  await saveVm(app, 'web', byTest)
})

test('as long as it is saved its disks do not change, and with changed disks it is not restored', async () => {
  const wanted = { size: 2 ** 25 }
  await assert.rejects(resizeDisk(app, 'data', wanted, byTest), {
    code: 'in-use',
    hint: /weft vm discard web/,
  })
  await assert.rejects(deleteVm(app, 'web', byTest), { code: 'wrong-state', hint: /--force/ })
  const bigger = formatVmDefinition({ ...getVm(app, 'web'), memoryMiB: 256 }, { nvram: '' })
  await assert.rejects(defineVm(app, await readVmDefinition(bigger, 'bigger.xml'), byTest), {
    code: 'wrong-state',
    message: /is saved/,
  })
  const path = app.vms.find('web')?.disks[0]?.path ?? ''
  const { atime, mtime } = statSync(path)
  utimesSync(path, atime, new Date())
  await assert.rejects(startVm(app, 'web', byTest), { code: 'conflict', message: /has been written to/ })
  assert.equal(state(), 'saved')
  utimesSync(path, atime, mtime)
})

test('given up, its next start boots', async () => {
  await discardVm(app, 'web', byTest)
  assert.equal(state(), 'stopped')
  assert.deepEqual(files(), [])
  await assert.rejects(discardVm(app, 'web', byTest), { code: 'wrong-state' })
  assert.equal((await startVm(app, 'web', byTest)).result, 'started')
  await waitForConsole(app, 'web', /weft-guest ready/)
  assert.equal(await askGuest(app, 'web', 'cat /tmp/count 2>/dev/null'), ' [1]')
})
