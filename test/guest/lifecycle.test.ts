/** A machine's life in one boot after the other: held and let go, begun anew, its disk's host full, its QEMU killed. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { pauseVm, resetVm, resumeVm } from '../../src/app/pause-vm.ts'
import type { App } from '../../src/app/ports.ts'
import type { WeftEvent } from '../../src/app/event-ports.ts'
import { rebootVm } from '../../src/app/stop-vm.ts'
import { setVmPolicy } from '../../src/app/set-vm-policy.ts'
import { getState } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { until } from '../support/real-app.ts'
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
const SMALL = `${root}/small`
const DISK = `${SMALL}/web.raw`
/** A machine under load takes its time for everything. */
const LIMIT_MS = 240_000
let built: BuiltApp
let app: App
const heard: Extract<WeftEvent, { kind: 'vm' }>[] = []

before(async () => {
  mkdirSync(SMALL)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=755', 'tmpfs', SMALL])
  writeFileSync(DISK, '')
  truncateSync(DISK, 16 * 2 ** 20)
  chmodSync(DISK, 0o666)
  built = await openWeftWithNetwork(root)
  app = built.app
  app.events.subscribe((event) => {
    if (event.kind === 'vm') heard.push(event)
  })
  await createVm(app, { ...guestDraft('web', await guestImage(root)), disks: [DISK] }, byTest)
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
const waitForState = (wanted: string): Promise<void> =>
  until(`web is ${wanted}`, () => state() === wanted, LIMIT_MS)
const news = (what: string): string | undefined => heard.findLast((event) => event.what === what)?.because

test('held it stands still with all it has, and let go it counts on', async () => {
  const before = await counted()
  assert.equal((await pauseVm(app, 'web', byTest)).result, 'paused')
  assert.equal(state(), 'paused')
  assert.equal(heard.at(-1)?.what, 'paused')
  assert.equal((await pauseVm(app, 'web', byTest)).result, 'already-paused')
  await assert.rejects(startVm(app, 'web', byTest), { code: 'wrong-state', hint: /weft vm resume web/ })
  assert.equal((await resumeVm(app, 'web', byTest)).result, 'resumed')
  assert.equal(heard.at(-1)?.what, 'resumed')
  await until('it counts on', async () => (await counted()) > before, LIMIT_MS)
})

test('when the disk of the host is full the guest stands still, everybody hears why, and it goes on with every byte', async () => {
  writeFileSync(`${SMALL}/filler`, Buffer.alloc(2 * 2 ** 20))
  const line = app.machines.serial('web')
  const write = 'busybox dd if=/dev/zero bs=64k count=48 conv=fsync of=/dev/vda 2>&1'
  line?.write(new TextEncoder().encode(`${write}; echo written"-"$?\n`))
  await waitForState('paused')
  assert.match(getState(app, 'web').because ?? '', /web\.raw' could not be written: No space left on device/)
  assert.match(news('paused') ?? '', /No space left on device/)
  // Under load the second failure may come after the answer.
  await resumeVm(app, 'web', byTest).catch((error: unknown) => {
    assert.match(String(error), /stands still again/)
  })
  await waitForState('paused')
  rmSync(`${SMALL}/filler`)
  await resumeVm(app, 'web', byTest)
  assert.match(await waitForConsole(app, 'web', /written-\d/), /written-0/)
})

test('asked to reboot it begins anew in the same QEMU, and no policy mistakes that for its end', async () => {
  const pid = app.machines.pid('web')
  assert.equal((await rebootVm(app, 'web', { ...byTest, limitMs: LIMIT_MS })).result, 'rebooted')
  assert.equal(state(), 'running')
  assert.equal(app.machines.pid('web'), pid)
  await waitForConsole(app, 'web', /weft-guest ready[\s\S]*weft-guest ready/)
  assert.equal(await askGuest(app, 'web', 'cat /tmp/count 2>/dev/null'), ' [1]')
})

test('a reset asks nobody, and starts a machine that stood still', async () => {
  await pauseVm(app, 'web', byTest)
  assert.equal((await resetVm(app, 'web', byTest)).result, 'reset')
  assert.equal(state(), 'running')
})

test('a QEMU that is killed is noticed, with what it said', async () => {
  process.kill(app.machines.pid('web') ?? 0, 'SIGKILL')
  await waitForState('stopped')
  await until('its end is told', () => news('stopped') !== undefined, LIMIT_MS)
  assert.match(news('stopped') ?? '', /QEMU was killed or has crashed/)
})

test('one whose policy says so is started anew when its QEMU is killed, and not when a person kills it', async () => {
  await setVmPolicy(app, 'web', { onCrash: 'restart' }, byTest)
  await startVm(app, 'web', byTest)
  const pid = app.machines.pid('web') ?? 0
  process.kill(pid, 'SIGKILL')
  await until('it runs anew', () => state() === 'running' && app.machines.pid('web') !== pid, LIMIT_MS)
  assert.ok(heard.some((event) => event.what === 'restarting'))
  await killVm(app, 'web', byTest)
  await assert.rejects(killVm(app, 'web', byTest), { code: 'wrong-state', hint: 'weft vm start web' })
})
