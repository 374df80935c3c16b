/** A TPM as a guest sees it, and its process and files through the life of its machine. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { renameVm } from '../../src/app/rename-vm.ts'
import { saveVm } from '../../src/app/save-vm.ts'
import { createSnapshot } from '../../src/app/snapshots.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { tpmDirectory } from '../../src/core/host/paths.ts'
import { vmFiles } from '../../src/core/vm/context.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { run, until } from '../support/real-app.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
  await createVm(app, { ...guestDraft('safe', await guestImage(root)), nets: [], tpm: true }, byTest)
})

after(async () => {
  for (const name of ['safe', 'safer']) if (app.machines.isRunning(name)) await killVm(app, name, byTest)
  built.close()
})

const state = (name: string): string => tpmDirectory(app.facts.paths, name)
const swtpm = (): number => Number(readFileSync(vmFiles(app.facts.paths, 'safe').tpmPid, 'utf8'))
/** What has ended has no command line, also where its parent has not looked at it yet. */
const isAlive = (pid: number): boolean =>
  run('sh', '-c', `cat /proc/${String(pid)}/cmdline 2>/dev/null || true`) !== ''

test('a host without swtpm is told what to install before anything is made', async () => {
  const without = { ...app, emulator: { ...app.emulator, hasSwtpm: () => Promise.resolve(false) } }
  const draft = { name: 'other', tpm: true }
  await assert.rejects(createVm(without, draft, byTest), { code: 'invalid-definition' })
  assert.equal(app.vms.find('other'), undefined)
})

test('the guest finds a TPM 2.0, played by a process without rights', async () => {
  await startVm(app, 'safe', byTest)
  await waitForConsole(app, 'safe', /weft-guest up/)
  assert.equal(await askGuest(app, 'safe', 'cat /sys/class/tpm/tpm0/tpm_version_major'), '2 [0]')
  const status = readFileSync(`/proc/${String(swtpm())}/status`, 'utf8')
  const uid = String(app.facts.qemuUser.owner.uid)
  assert.match(status, new RegExp(`^Uid:\\s${uid}\\s${uid}\\s${uid}\\s${uid}$`, 'm'))
  assert.match(status, /^CapBnd:\s0+$/m)
  const { uid: owner, mode } = statSync(state('safe'))
  assert.deepEqual([owner, mode & 0o777], [app.facts.qemuUser.owner.uid, 0o700])
})

test('it is neither saved nor snapshotted', async () => {
  await assert.rejects(saveVm(app, 'safe', byTest), { code: 'unsupported', message: /has a TPM/ })
  await assert.rejects(createSnapshot(app, 'safe', {}, byTest), { code: 'unsupported', message: /has a TPM/ })
})

test('its process ends with the machine, however that ends; what it keeps is renamed and deleted with it', async () => {
  const first = swtpm()
  await killVm(app, 'safe', byTest)
  assert.equal(isAlive(first), false)
  const kept = readdirSync(state('safe'))
  assert.ok(kept.includes('tpm2-00.permall'))

  await startVm(app, 'safe', byTest)
  const second = swtpm()
  assert.ok(isAlive(second))
  process.kill(app.machines.pid('safe') ?? 0, 'SIGKILL')
  await until('weft has tidied up', () => !existsSync(vmFiles(app.facts.paths, 'safe').directory))
  assert.equal(isAlive(second), false)

  await renameVm(app, 'safe', 'safer', byTest)
  assert.deepEqual([existsSync(state('safe')), readdirSync(state('safer'))], [false, kept])
  await deleteVm(app, 'safer', byTest)
  assert.equal(existsSync(state('safer')), false)
})
