/** Processors and memory that come and go while a guest runs, as the guest sees them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { setHardware } from '../../src/app/set-hardware.ts'
import { vmCommandLine } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { vmFiles, type LiveVm } from '../../src/core/vm/context.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { withModules } from '../support/module-image.ts'
import { until } from '../support/real-app.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

/** For a guest without KVM. */
const LIMIT_MS = 240_000
const root = newRoot()
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeft(root)
  app = built.app
  const image = await withModules(await guestImage(root), root, ['virtio_balloon', 'virtio_mem'])
  const room = { cpus: 1, maxCpus: 4, memoryMiB: 192, maxMemoryMiB: 1024 }
  await createVm(app, { ...guestDraft('web', image), ...room, nets: [] }, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
  await askGuest(
    app,
    'web',
    `${image.insert}; echo online_movable >/sys/devices/system/memory/auto_online_blocks`,
  )
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

const guestSays = async (command: string): Promise<string> => askGuest(app, 'web', command)
/** Processors that the guest has brought up, once it has brought up all that are there. */
const bringUp =
  'for each in /sys/devices/system/cpu/cpu*/online; do [ -e $each ] && echo 1 >$each; done; grep -c ^processor /proc/cpuinfo'
const sizes = (): [number, number] => {
  const { spec } = JSON.parse(readFileSync(vmFiles(app.facts.paths, 'web').live, 'utf8')) as LiveVm
  return [spec.cpus, spec.memoryMiB]
}
const totalMiB = async (): Promise<number> =>
  Math.round(Number(/\d+/.exec(await guestSays('grep MemTotal /proc/meminfo'))?.[0] ?? 0) / 1024)

test('processors are plugged in, and the guest runs on them', async () => {
  assert.equal(await guestSays(bringUp), '1 [0]')
  assert.equal((await setHardware(app, 'web', { cpus: 3 }, byTest)).result, 'set')
  await until('the guest finds them', async () => (await guestSays(bringUp)) === '3 [0]', LIMIT_MS)
  assert.deepEqual([app.vms.find('web')?.cpus, sizes()[0]], [3, 3])
  assert.equal((await setHardware(app, 'web', { cpus: 3 }, byTest)).result, 'already-set')
})

test('they stay while it runs, and more than it has room for is refused', async () => {
  await assert.rejects(setHardware(app, 'web', { cpus: 1 }, byTest), { code: 'needs-restart' })
  await assert.rejects(setHardware(app, 'web', { cpus: 5 }, byTest), { code: 'invalid-definition' })
  assert.deepEqual([app.vms.find('web')?.cpus, sizes()[0]], [3, 3])
})

test('memory is given beyond what it began with, and taken back', async () => {
  const before = await totalMiB()
  // A guest takes its time; the answer may come before.
  await setHardware(app, 'web', { memoryMiB: 704 }, byTest)
  await until('the guest has it', async () => (await totalMiB()) - before === 512, LIMIT_MS)
  await setHardware(app, 'web', { memoryMiB: 192 }, byTest)
  await until('the guest has given it back', async () => (await totalMiB()) === before, LIMIT_MS)
})

test('below that the balloon takes it', async () => {
  const before = await totalMiB()
  await setHardware(app, 'web', { memoryMiB: 176 }, byTest)
  await until('the guest has less', async () => before - (await totalMiB()) === 16, LIMIT_MS)
  assert.deepEqual(sizes(), [3, 176])
  assert.ok(
    (await vmCommandLine(app, 'web')).includes('size=192M,slots=1,maxmem=1024M'),
    'what it was started with',
  )
  await setHardware(app, 'web', { memoryMiB: 192 }, byTest)
  await until('the guest has it again', async () => (await totalMiB()) === before, LIMIT_MS)
})

/** A device with a name that weft would give a processor: that one cannot come. */
async function takeName(id: string): Promise<void> {
  await app.host.perform({
    kind: 'qmp',
    socket: vmFiles(app.facts.paths, 'web').qmp,
    command: 'object-add',
    arguments: { 'qom-type': 'rng-builtin', id: `for-${id}` },
  })
  await app.host.perform({
    kind: 'qmp',
    socket: vmFiles(app.facts.paths, 'web').qmp,
    command: 'device_add',
    arguments: { driver: 'virtio-rng-pci', rng: `for-${id}`, id, bus: 'port1' },
  })
}

test('a processor that cannot come: all else of the change is taken back, before one came; after that none is', async () => {
  await takeName('cpu3')
  await assert.rejects(setHardware(app, 'web', { cpus: 4, memoryMiB: 320 }, byTest), {
    code: 'command-failed',
    message: /could not change the hardware/,
  })
  assert.deepEqual([app.vms.find('web')?.cpus, app.vms.find('web')?.memoryMiB, sizes()], [3, 192, [3, 192]])
  assert.equal(await guestSays(bringUp), '3 [0]')
})

test('what a start decides holds from the next start on', async () => {
  const { notes } = await setHardware(app, 'web', { cpus: 2, maxCpus: 2, maxMemoryMiB: 256 }, byTest)
  assert.match(notes[0] ?? '', /holds from its next start/)
  assert.deepEqual(sizes(), [3, 192])
  await killVm(app, 'web', byTest)
  const command = await vmCommandLine(app, 'web')
  assert.ok(command.includes('size=192M,slots=1,maxmem=256M') && command.includes('2'))
})
