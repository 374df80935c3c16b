/** What becomes of a machine whose guest panics, powers itself off or reboots: as its policy says, also when weftd ends in between. */
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import type { WeftEvent } from '../../src/app/event-ports.ts'
import { resetVm } from '../../src/app/pause-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { setVmPolicy } from '../../src/app/set-vm-policy.ts'
import { rebootVm } from '../../src/app/stop-vm.ts'
import { getState } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { LifecyclePolicy } from '../../src/core/vm/spec.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { obeyingDisk } from '../support/boot-sector.ts'
import { dieAt, succeed, type Death } from '../support/mortal-weft.ts'
import { until } from '../support/real-app.ts'
import { byTest, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const UP = /up\n/
/** Under load and without KVM on a slow machine: many times what it takes alone. */
const LIMIT_MS = 240_000
const root = newRoot()
let built: BuiltApp
const heard: Extract<WeftEvent, { kind: 'vm' }>[] = []

before(async () => {
  listenTo(await openWeft(root))
  const disk = join(root, 'obeying.img')
  writeFileSync(disk, obeyingDisk())
  chmodSync(disk, 0o666)
  const draft = { memoryMiB: 32, display: 'none', disks: [`${disk},format=raw`] } as const
  await createVm(built.app, { name: 'web', ...draft }, byTest)
  // Nothing to boot: only its QEMU is of interest.
  await createVm(built.app, { name: 'bare', memoryMiB: 32 }, byTest)
})

after(async () => {
  for (const name of ['web', 'bare'])
    if (built.app.machines.isRunning(name)) await killVm(built.app, name, byTest)
  built.close()
})

function listenTo(next: BuiltApp): App {
  built = next
  built.app.events.subscribe((event) => {
    if (event.kind === 'vm') heard.push(event)
  })
  return built.app
}

const state = (name = 'web'): string => getState(built.app, name).state
const waitForState = (wanted: string, name = 'web'): Promise<void> =>
  until(`${name} is ${wanted}`, () => state(name) === wanted, LIMIT_MS)
const pid = (name = 'web'): number => built.app.machines.pid(name) ?? 0
const isAnew = (before: number, name = 'web'): Promise<void> =>
  until(`${name} runs anew`, () => state(name) === 'running' && pid(name) !== before, LIMIT_MS)
const because = (what: string): string => heard.findLast((event) => event.what === what)?.because ?? ''
/** Nobody waits for an answer: there may be none. */
const type = (letter: 'b' | 'o' | 'p' | 'r', { app } = built): void =>
  app.machines.serial('web')?.write(new TextEncoder().encode(letter))

async function startUnder(policy: LifecyclePolicy): Promise<void> {
  await setVmPolicy(built.app, 'web', policy, byTest)
  await startVm(built.app, 'web', byTest)
  await waitForConsole(built.app, 'web', UP, LIMIT_MS)
}

test('restart: a panic and a poweroff begin anew in another QEMU; a reboot that shall end it does', async () => {
  await startUnder({ onCrash: 'restart', onPoweroff: 'restart', onReboot: 'destroy' })
  const first = pid()
  type('p')
  await isAnew(first)
  assert.match(because('stopped'), /the guest's kernel has panicked/)
  const second = pid()
  await waitForConsole(built.app, 'web', UP, LIMIT_MS)
  type('o')
  await isAnew(second)
  assert.match(because('stopped'), /the guest powered itself off/)
  await waitForConsole(built.app, 'web', UP, LIMIT_MS)
  const before = heard.filter(({ what }) => what === 'restarting').length
  type('r')
  await waitForState('stopped')
  await until('its end is told', () => because('stopped').includes('the guest rebooted'))
  assert.equal(heard.filter(({ what }) => what === 'restarting').length, before)
})

test('preserve: a guest that is off and one that has panicked stand still for a look, and nobody mistakes one for the other', async () => {
  await startUnder({ onCrash: 'preserve', onPoweroff: 'preserve', onReboot: 'restart' })
  const own = pid()
  type('o')
  await waitForState('paused')
  await resetVm(built.app, 'web', byTest)
  await waitForConsole(built.app, 'web', /up\n[^]*SeaBIOS[^]*up\n/, LIMIT_MS)
  type('p')
  await waitForState('crashed')
  assert.equal(pid(), own)
  await killVm(built.app, 'web', byTest)
})

test('destroy: a panic ends it', async () => {
  await startUnder({ onCrash: 'destroy', onPoweroff: 'destroy' })
  type('p')
  await waitForState('stopped')
})

for (const [when, die] of [
  ['before its guest is off', () => dieAsking()],
  ['when its guest is off', () => dieOff()],
] as const)
  test(`a reboot that was asked for is finished by the next weftd: dead ${when}`, async () => {
    await startUnder({ onCrash: 'destroy', onPoweroff: 'destroy', onReboot: 'restart' })
    const own = pid()
    listenTo((await die()).built)
    const isRebooted = async (): Promise<boolean> =>
      (await built.app.journal.history()).some(
        ({ title, by }) => title === "reboot machine 'web'" && by === 'weftd',
      )
    await until('the next weftd has it begin anew', isRebooted, LIMIT_MS)
    await waitForState('running')
    await waitForConsole(built.app, 'web', UP, LIMIT_MS)
    assert.equal(pid(), own)
    await killVm(built.app, 'web', byTest)
  })

const asking = { ...byTest, limitMs: LIMIT_MS }

/** Its button has been pressed, and that is noted; the guest hears it when the next weftd is there. */
async function dieAsking(): Promise<Pick<Death, 'built'>> {
  const { app } = built
  rebootVm(app, 'web', asking).catch(() => undefined)
  await until('its button is pressed', async () => {
    return (await app.journal.history()).at(-1)?.title === "ask machine 'web' to reboot"
  })
  const next = await succeed(built)
  type('b', next.built)
  return next
}

function dieOff(): Promise<Death> {
  type('b')
  return dieAt(built, [2, 'before'], (app) => rebootVm(app, 'web', asking))
}

test('a start that is put off is not forgotten when weftd ends, and is called off by a person, or by another policy', async () => {
  await setVmPolicy(built.app, 'bare', { onCrash: 'restart' }, byTest)
  await startVm(built.app, 'bare', byTest)
  const restarts = (): number => heard.filter(({ what }) => what === 'restarting').length
  /** Ended, tidied up after, and to be started anew. */
  const killed = async (): Promise<number> => {
    const [before, told] = [pid('bare'), restarts()]
    process.kill(before, 'SIGKILL')
    await until('it is to be started anew', () => restarts() > told, LIMIT_MS)
    return before
  }
  // At once, after 1 s, after 2 s.
  for (let time = 0; time < 3; time += 1) await isAnew(await killed(), 'bare')
  const last = await killed()
  // Tidying up counts: on a slow machine less of the four seconds is left.
  assert.match(because('restarting'), /^in [1-4] s: it has ended again/)
  listenTo((await succeed(built)).built)
  assert.deepEqual(built.app.restarts.pending(), ['bare'])
  await isAnew(last, 'bare')
  assert.deepEqual(built.app.restarts.pending(), [])

  await killed()
  assert.deepEqual(built.app.restarts.pending(), ['bare'])
  await startVm(built.app, 'bare', byTest)
  await killVm(built.app, 'bare', byTest)
  await startVm(built.app, 'bare', byTest)
  await killed()
  await setVmPolicy(built.app, 'bare', { onCrash: 'destroy' }, byTest)
  assert.deepEqual(built.app.restarts.pending(), [])
  listenTo((await succeed(built)).built)
  assert.deepEqual(built.app.restarts.pending(), [])
  assert.equal(state('bare'), 'stopped')
})
