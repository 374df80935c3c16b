/** Guests on a bridge that the host has already: plain layer 2, nothing of the bridge is touched, nothing is left. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addPort, removePort } from '../../src/app/network-ports.ts'
import { listNetworks, showNetwork } from '../../src/app/network-state.ts'
import { defineNetwork, startNetwork, stopNetwork, undefineNetwork } from '../../src/app/networks.ts'
import { WeftError } from '../../src/core/errors.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { probe, serveEcho, stopEcho } from '../support/guest-world.ts'
import {
  canPing,
  describeWorld,
  makeRoot,
  openRealApp,
  removeRoot,
  run,
  type RealApp,
} from '../support/real-app.ts'

const REQUEST = { by: 'test', dryRun: false }
let real: RealApp
let untouched: Awaited<ReturnType<typeof describeWorld>>

async function define(text: string): Promise<void> {
  await defineNetwork(real.app, await readNetworkDefinition(text), REQUEST)
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WeftError)
  return [error.code, ...error.problems.map(({ message }) => message)].join(': ')
}

before(() => {
  real = openRealApp(makeRoot())
})

after(() => {
  stopEcho()
  real.close()
  removeRoot(real.root)
})

test('what is borrowed has to be there', async () => {
  await define('name: lan\nmode: bridge\nbridge: br0\n')
  assert.equal(
    await refusal(startNetwork(real.app, 'lan', REQUEST)),
    "conflict: there is no bridge 'br0' on this host",
  )
  await define('name: nic\nmode: private\ndevices: [nic0]\n')
  assert.equal(
    await refusal(startNetwork(real.app, 'nic', REQUEST)),
    "conflict: there is no link 'nic0' on this host",
  )
})

test('a network on it runs, and guests reach each other, the host and the LAN', async () => {
  run('ip', 'link', 'add', 'br0', 'type', 'bridge')
  run('ip', 'address', 'add', '192.0.2.1/24', 'dev', 'br0')
  run('ip', 'link', 'set', 'br0', 'up')
  run('ip', 'netns', 'add', 'lanhost')
  run('ip', 'link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'lanhost')
  run('ip', 'link', 'set', 'uplink', 'master', 'br0', 'up')
  run('ip', '-n', 'lanhost', 'address', 'add', '192.0.2.2/24', 'dev', 'eth0')
  run('ip', '-n', 'lanhost', 'link', 'set', 'eth0', 'up')
  untouched = await describeWorld(real.app, real.root)
  assert.equal((await startNetwork(real.app, 'lan', REQUEST)).result, 'started')
  assert.equal((await startNetwork(real.app, 'lan', REQUEST)).result, 'already-active')
  for (const [guest, last] of [
    ['one', '11'],
    ['two', '12'],
  ] as const) {
    run('ip', 'netns', 'add', guest)
    await addPort(real.app, 'lan', { netns: guest }, REQUEST)
    run('ip', '-n', guest, 'address', 'add', `192.0.2.${last}/24`, 'dev', 'eth0')
  }
  await serveEcho(['', 'two', 'lanhost'])
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.12']) assert.ok(canPing('one', address), address)
  const verdicts = await probe('one', ['192.0.2.1', '192.0.2.2', '192.0.2.12'])
  assert.deepEqual([...new Set(Object.values(verdicts))], ['tcp allow, udp allow'])
})

test('it is listed as active, with its own guests and nobody else', async () => {
  const states = (await listNetworks(real.app)).map(({ spec, isActive }) => [spec.name, isActive])
  assert.deepEqual(states, [
    ['lan', true],
    ['nic', false],
  ])
  const { ports, conditions } = await showNetwork(real.app, 'lan')
  assert.deepEqual(
    ports.map(({ owner }) => owner),
    ['namespace one', 'namespace two'],
  )
  assert.deepEqual(conditions, [])
})

test('it does not stop under its guests unless it is told to, and leaves the bridge as it was', async () => {
  assert.equal(await refusal(stopNetwork(real.app, 'lan', REQUEST)), 'in-use')
  await removePort(real.app, 'lan', 'one', REQUEST)
  await stopNetwork(real.app, 'lan', { ...REQUEST, force: true })
  // It was cut off, not taken away.
  run('ip', '-n', 'two', 'link', 'delete', 'eth0')
  const world = await describeWorld(real.app, real.root)
  assert.deepEqual(world, untouched)
  assert.equal((await stopNetwork(real.app, 'lan', REQUEST)).result, 'not-active')
})

test('a network on a NIC runs, has guests, and leaves nothing behind', async () => {
  run('ip', 'link', 'add', 'nic0', 'type', 'veth', 'peer', 'name', 'nic1')
  await startNetwork(real.app, 'nic', REQUEST)
  assert.equal((await showNetwork(real.app, 'nic')).isActive, true)
  assert.equal((await addPort(real.app, 'nic', { netns: 'one' }, REQUEST)).result, 'added')
  await removePort(real.app, 'nic', 'one', REQUEST)
  await stopNetwork(real.app, 'nic', REQUEST)
  await undefineNetwork(real.app, 'nic', REQUEST)
  assert.equal((await listNetworks(real.app)).length, 1)
})
