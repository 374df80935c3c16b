/** Whenever weftd dies while it saves or restores a machine, there is either the machine or its file: never both, never neither. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { createDisk } from '../../src/app/disks.ts'
import type { App } from '../../src/app/ports.ts'
import { recover } from '../../src/app/recover.ts'
import { saveVm } from '../../src/app/save-vm.ts'
import { getState } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { Step } from '../../src/core/plan/plan.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { joinedScript } from '../support/joined-script.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
  await createDisk(app, { name: 'data', size: 2 ** 24 }, byTest)
  const draft = { ...guestDraft('web', await guestImage(root)), nets: [], disks: ['data'] }
  await createVm(app, draft, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

const state = (): string => getState(app, 'web').state
const files = (): string[] => readdirSync(`${root}/var/lib/weft/saves`).sort()

/** During: QEMU has been told, and goes on by itself. */
type When = 'before' | 'during' | 'after'
const momentsOf = (step: Step | undefined): When[] =>
  step?.do.kind === 'qmp' && step.do.job !== undefined ? ['before', 'during', 'after'] : ['before', 'after']

/** A weftd of its own is killed there; the next one recovers, and the guest's memory is neither lost nor there twice. */
async function dieAt(what: 'save' | 'start', step: number, when: When): Promise<string[]> {
  built.close()
  const script = joinedScript('test/support/die-at-vm-step.ts')
  const args = ['--disable-warning=ExperimentalWarning', script, root, what, String(step), when]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.equal(signal, 'SIGKILL')
  built = await openWeft(root)
  app = built.app
  const said = await recover(app)
  await built.adoptAll()
  return said
}

for (const what of ['save', 'start'] as const)
  test(`weftd killed around any step of a ${what}: the machine goes on or is saved, never both and never neither`, async () => {
    await askGuest(app, 'web', 'echo here > /tmp/mark')
    const dryRun = { by: 'test', dryRun: true }
    if (what === 'start') await saveVm(app, 'web', byTest)
    const { plan } = what === 'save' ? await saveVm(app, 'web', dryRun) : await startVm(app, 'web', dryRun)
    const last = plan.steps.length - 1
    for (const step of plan.steps.keys())
      for (const when of momentsOf(plan.steps[step])) {
        const where = `${when} step ${String(step)}: ${plan.steps[step]?.reason ?? ''}`
        const said = await dieAt(what, step, when)
        const isSaved = app.saves.find('web') !== undefined
        assert.notEqual(app.machines.isRunning('web'), isSaved, `${where}\n${said.join('\n')}`)
        assert.equal(isSaved, files().includes('web.json'), where)
        assert.equal(files().includes('web.memory'), isSaved, where)
        if (!isSaved) assert.equal(state(), 'running', where)
        const isPast = step >= (plan.pointOfNoReturn ?? Infinity)
        if (isPast) assert.equal(isSaved, what === 'save', where)
        if (step > 0 && step < last && !isPast) continue
        // Whether the guest goes on with all it had is seen at the ends and after each point of no return.
        if (isSaved) await startVm(app, 'web', byTest)
        assert.equal(state(), 'running', where)
        assert.equal(await askGuest(app, 'web', 'cat /tmp/mark'), 'here [0]', where)
        if (what === 'start') await saveVm(app, 'web', byTest)
      }
    if (app.saves.find('web') !== undefined) await startVm(app, 'web', byTest)
  })
