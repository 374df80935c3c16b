/** Machines that are started at the same time: their QEMUs load together, and who fails meanwhile disturbs nobody. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { listHistory } from '../../src/app/history.ts'
import { startNetwork, stopNetwork } from '../../src/app/networks.ts'
import type { App, Change } from '../../src/app/ports.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { run, until } from '../support/real-app.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  newRoot,
  openWeftWithNetwork,
  waitForConsole,
} from './weft-world.ts'

const GOOD = ['one', 'two', 'three']
let built: BuiltApp
let app: App

before(async () => {
  const root = newRoot()
  built = await openWeftWithNetwork(root)
  app = built.app
  const image = await guestImage(root)
  for (const name of [...GOOD, 'late']) await createVm(app, guestDraft(name, image), byTest)
  const kernel = `${root}/no-kernel`
  writeFileSync(kernel, 'no kernel at all')
  await createVm(app, { ...guestDraft('broken', image), kernel }, byTest)
})

after(async () => {
  for (const name of GOOD) if (app.machines.isRunning(name)) await killVm(app, name, byTest)
  await stopNetwork(app, 'default', { ...byTest, force: true })
  built.close()
})

const startsOf = async (names: readonly string[]): Promise<Change[]> =>
  (await listHistory(app)).filter(({ title }) => names.some((name) => title === `start machine '${name}'`))
const endOf = ({ at, durationMs }: Change): number => Date.parse(at) + durationMs

/** Whose QEMU loads, or has loaded. */
const loading = new Set<string>()
/** The same weft, where no good QEMU is ready before all of them load: how long that takes is chance. */
function atTheSameTime(): App {
  const perform: App['host']['perform'] = async (action) => {
    const name = action.kind === 'qmp' ? GOOD.find((each) => action.socket.includes(`/${each}/`)) : undefined
    if (action.kind === 'qmp' && action.starting !== undefined && name !== undefined) {
      loading.add(name)
      await until('all of them load', () => GOOD.every((each) => loading.has(each)))
    }
    await app.host.perform(action)
  }
  return { ...app, host: { ...app.host, perform } }
}

const failed = (name: string): string => `could not start machine '${name}'`
const startAll = async (names: readonly string[], on = app): Promise<string[]> => {
  const ends = await Promise.allSettled(names.map((name) => startVm(on, name, byTest)))
  return ends.map((end) => (end.status === 'fulfilled' ? end.value.result : (end.reason as Error).message))
}
const tapOwners = (): (string | undefined)[] => {
  const taps = JSON.parse(run('ip', '-j', 'link', 'show', 'type', 'tun')) as { ifalias?: string }[]
  return taps.map(({ ifalias = '' }) => ifalias.split(':')[2]).sort()
}

test('all are asked for at once: the good ones run, the broken one leaves nothing', async () => {
  const said = await startAll(['one', 'broken', 'two', 'three', 'one'], atTheSameTime())
  assert.deepEqual(said, ['started', failed('broken'), 'started', 'started', 'already-running'])
  assert.deepEqual(tapOwners(), [...GOOD].sort())
  assert.deepEqual(
    (await startsOf(['broken'])).map(({ outcome }) => outcome),
    ['taken-back'],
  )
})

test('their QEMUs loaded at the same time', async () => {
  const changes = await startsOf(GOOD)
  assert.equal(changes.length, GOOD.length)
  const latestBegin = Math.max(...changes.map(({ at }) => Date.parse(at)))
  assert.ok(latestBegin < Math.min(...changes.map(endOf)), 'the last began before the first had ended')
})

test('each has its address and knows the others by name', async () => {
  for (const name of GOOD) await waitForConsole(app, name, /weft-guest ready/)
  for (const name of GOOD) {
    const others = GOOD.filter((each) => each !== name)
    for (const other of others)
      assert.match(await askGuest(app, name, `ping -c1 -W20 -q ${other}`), / 1 packets received/)
  }
})

test('a machine whose network is stopped while its QEMU loads is taken back; one that shall be killed is killed after its start', async () => {
  const starting = startAll(['late'])
  // Once the start is in the queue: the network's turn comes when the QEMU loads.
  await new Promise((resolve) => setImmediate(resolve))
  const stopping = stopNetwork(app, 'default', { ...byTest, force: true })
  assert.deepEqual(await starting, [failed('late')])
  assert.equal((await stopping).result, 'stopped')
  assert.ok(!tapOwners().includes('late'))

  await startNetwork(app, 'default', byTest)
  const again = startVm(app, 'late', byTest)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal((await killVm(app, 'late', byTest)).result, 'killed')
  assert.equal((await again).result, 'started')
})
