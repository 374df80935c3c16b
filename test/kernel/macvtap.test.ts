/** Guests that sit on a NIC of the host: who reaches whom in each mode, how a pool is shared, and what is left afterwards. */
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { addPort, removePort } from '../../src/app/network-ports.ts'
import { listPorts } from '../../src/app/port-traffic.ts'
import { defineNetwork, startNetwork, stopNetwork, undefineNetwork } from '../../src/app/networks.ts'
import { setPort } from '../../src/app/set-port.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { ping } from '../support/guest-world.ts'
import { describeWorld, makeRoot, openRealApp, removeRoot, run, type RealApp } from '../support/real-app.ts'

const REQUEST = { by: 'test', dryRun: false }
const HOST = '192.0.2.1'
const LAN = '192.0.2.2'
let real: RealApp

async function startLan(text: string): Promise<void> {
  // Guests come with new MACs to addresses that others have had.
  run('ip', '-n', 'lanhost', 'neighbour', 'flush', 'all')
  const draft = await readNetworkDefinition(`name: lan\n${text}`)
  await defineNetwork(real.app, draft, REQUEST)
  await startNetwork(real.app, 'lan', REQUEST)
}

async function plug(guest: string, last: number): Promise<string> {
  await addPort(real.app, 'lan', { netns: guest }, REQUEST)
  const address = `192.0.2.${String(last)}`
  run('ip', '-n', guest, 'address', 'add', `${address}/24`, 'dev', 'eth0')
  return address
}

before(() => {
  real = openRealApp(makeRoot())
  for (const name of ['lanhost', 'one', 'two']) run('ip', 'netns', 'add', name)
  for (const nic of ['nic0', 'nic1']) {
    run('ip', 'link', 'add', nic, 'type', 'veth', 'peer', 'name', nic, 'netns', 'lanhost')
    run('ip', 'link', 'set', nic, 'up')
    run('ip', '-n', 'lanhost', 'link', 'set', nic, 'up')
  }
  run('ip', 'address', 'add', `${HOST}/24`, 'dev', 'nic0')
  run('ip', '-n', 'lanhost', 'address', 'add', `${LAN}/24`, 'dev', 'nic0')
})

afterEach(async () => {
  for (const { link } of await listPorts(real.app, 'lan'))
    await removePort(real.app, 'lan', link.name, REQUEST)
  await stopNetwork(real.app, 'lan', REQUEST)
  await undefineNetwork(real.app, 'lan', REQUEST)
})

after(() => {
  real.close()
  removeRoot(real.root)
})

for (const [mode, reachesNeighbour] of [
  ['bridge', true],
  ['private', false],
  // The other end of a veth sends nothing back to where it came from, as few switches do.
  ['vepa', false],
] as const) {
  test(`${mode}: guests reach the LAN, never this host, and each other ${reachesNeighbour ? 'too' : 'neither'}`, async () => {
    const untouched = await describeWorld(real.app, real.root)
    await startLan(`mode: ${mode}\ndevices: [nic0]\n`)
    const [, two] = [await plug('one', 11), await plug('two', 12)]
    const reached = await Promise.all([
      ping('one', LAN),
      ping('lanhost', '192.0.2.11'),
      ping('lanhost', HOST),
      ping('one', HOST),
      ping('one', two),
    ])
    assert.deepEqual(reached, [true, true, true, false, reachesNeighbour])
    assert.deepEqual(
      (await listPorts(real.app, 'lan')).map(({ owner, link }) => [owner, link.sitsOn?.device, link.isUp]),
      [
        ['namespace one', 'nic0', true],
        ['namespace two', 'nic0', true],
      ],
    )
    for (const guest of ['one', 'two']) await removePort(real.app, 'lan', guest, REQUEST)
    await stopNetwork(real.app, 'lan', REQUEST)
    const { links, addresses, routes } = await describeWorld(real.app, real.root)
    const { links: before, addresses: had, routes: led } = untouched
    assert.deepEqual({ links, addresses, routes }, { links: before, addresses: had, routes: led })
    assert.throws(() => run('ip', '-n', 'one', 'link', 'show', 'eth0'))
  })
}

test("passthrough: the NIC is one guest's alone, and a second one hears who has it", async () => {
  await startLan('mode: passthrough\ndevices: [nic1]\n')
  const mac = run('cat', '/sys/class/net/nic1/address')
  run('ip', '-n', 'lanhost', 'address', 'add', '198.51.100.2/24', 'dev', 'nic1')
  await addPort(real.app, 'lan', { netns: 'one' }, REQUEST)
  run('ip', '-n', 'one', 'address', 'add', '198.51.100.11/24', 'dev', 'eth0')
  assert.equal(await ping('one', '198.51.100.2'), true)
  await assert.rejects(addPort(real.app, 'lan', { netns: 'two' }, REQUEST), {
    code: 'in-use',
    message:
      "network 'lan' has no free NIC: each of its guests needs a NIC that nobody else sits on, and nic1 has namespace one",
  })
  await removePort(real.app, 'lan', 'one', REQUEST)
  assert.equal(run('cat', '/sys/class/net/nic1/address'), mac)
})

test('a pool: each guest sits on the NIC with the fewest', async () => {
  await startLan('mode: bridge\ndevices: [nic0, nic1]\n')
  run('ip', 'netns', 'add', 'three')
  for (const guest of ['one', 'two', 'three']) await addPort(real.app, 'lan', { netns: guest }, REQUEST)
  const ports = await listPorts(real.app, 'lan')
  assert.deepEqual(
    ports.map(({ link }) => link.sitsOn?.device),
    ['nic0', 'nic1', 'nic0'],
  )
})

test('a NIC that was off is on while the network runs', async () => {
  const isUp = (): boolean => run('ip', '-o', 'link', 'show', 'nic1').includes('UP')
  run('ip', 'link', 'set', 'nic1', 'down')
  await startLan('mode: private\ndevices: [nic1]\n')
  assert.equal(isUp(), true)
  await stopNetwork(real.app, 'lan', REQUEST)
  assert.equal(isUp(), false)
  run('ip', 'link', 'set', 'nic1', 'up')
})

test('a network that is stopped under its guests cuts them off', async () => {
  await startLan('mode: bridge\ndevices: [nic0]\n')
  await plug('one', 11)
  await assert.rejects(stopNetwork(real.app, 'lan', REQUEST), { code: 'in-use' })
  assert.equal(await ping('one', LAN), true)
  await stopNetwork(real.app, 'lan', { ...REQUEST, force: true })
  assert.equal(await ping('one', LAN), false)
  run('ip', '-n', 'one', 'link', 'delete', 'eth0')
})

test('a guest whose namespace is gone is not listed any more', async () => {
  await startLan('mode: bridge\ndevices: [nic0]\n')
  run('ip', 'netns', 'add', 'brief')
  await addPort(real.app, 'lan', { netns: 'brief' }, REQUEST)
  run('ip', 'netns', 'delete', 'brief')
  assert.deepEqual(await listPorts(real.app, 'lan'), [])
})

test('a cable of which this host has no end is not pulled', async () => {
  await startLan('mode: bridge\ndevices: [nic0]\n')
  await plug('one', 11)
  await assert.rejects(setPort(real.app, 'lan', 'one', { link: 'down' }, REQUEST), {
    code: 'unsupported',
    hint: 'change it in there: ip -n one link set dev eth0 down',
  })
})
