/** Whenever weftd dies while it saves a machine to a file or restores it from there, the machine goes on or the file has all of it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { recover } from '../../src/app/recover.ts'
import { readSaveFile, restoreVmFrom, saveVmTo } from '../../src/app/save-file.ts'
import { getState } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { joinedScript } from '../support/joined-script.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
const file = `${root}/web.save`
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
  await createVm(app, { ...guestDraft('web', await guestImage(root)), nets: [], disks: [] }, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
  await askGuest(app, 'web', 'echo here > /tmp/mark')
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

const kept = (): string[] => readdirSync(`${root}/var/lib/weft/saves`)
const parts = (): string[] => readdirSync(root).filter((name) => name.endsWith('.part'))

async function dieAt(
  what: 'save-to' | 'restore-from',
  step: number,
  when: 'before' | 'after',
): Promise<void> {
  built.close()
  const script = joinedScript('test/support/die-at-vm-step.ts')
  const args = ['--disable-warning=ExperimentalWarning', script, root, what, String(step), when]
  const [, signal] = (await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')) as [
    number | null,
    string | null,
  ]
  assert.equal(signal, 'SIGKILL')
  built = await openWeft(root)
  app = built.app
  await recover(app)
  await built.adoptAll()
}

async function goesOn(where: string): Promise<void> {
  assert.equal(getState(app, 'web').state, 'running', where)
  assert.equal(await askGuest(app, 'web', 'cat /tmp/mark'), 'here [0]', where)
}

test('weftd killed around the steps of a save that are its own: the machine goes on, or the file is whole', async () => {
  const { plan } = await saveVmTo(app, 'web', file, {}, { by: 'test', dryRun: true })
  // Those before are every save's.
  const first = plan.steps.findIndex(({ reason }) => reason.includes('goes with its memory'))
  const end = plan.pointOfNoReturn ?? 0
  assert.ok(first > 0 && end > first)
  for (const step of [...plan.steps.keys()].slice(first))
    for (const when of ['before', 'after'] as const) {
      const where = `${when} step ${String(step)}: ${plan.steps[step]?.reason ?? ''}`
      rmSync(file, { force: true })
      await dieAt('save-to', step, when)
      assert.deepEqual([kept(), parts()], [[], []], where)
      if (step >= end) {
        assert.equal(getState(app, 'web').state, 'stopped', where)
        assert.equal((await readSaveFile(app, file)).saved.name, 'web', where)
        await restoreVmFrom(app, file, {}, byTest)
      }
      await goesOn(where)
    }
})

test('weftd killed around the steps that unpack the file: the machine is off, and the file brings it back', async () => {
  rmSync(file, { force: true })
  await saveVmTo(app, 'web', file, {}, byTest)
  for (const step of [0, 1, 2])
    for (const when of ['before', 'after'] as const) {
      const where = `${when} step ${String(step)}`
      await dieAt('restore-from', step, when)
      assert.deepEqual(kept(), [], where)
      assert.equal(getState(app, 'web').state, 'stopped', where)
    }
  await restoreVmFrom(app, file, {}, byTest)
  await goesOn('at last')
})
