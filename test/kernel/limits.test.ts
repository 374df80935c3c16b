/** How fast guests' packets go: held to what networks, port groups and people say, both ways, IPv4 and IPv6; and who is isolated. */
import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { after, before, test } from 'node:test'
import { addPort, removePort } from '../../src/app/network-ports.ts'
import { createNetwork, stopNetwork } from '../../src/app/networks.ts'
import { showPort } from '../../src/app/port-traffic.ts'
import { setPort } from '../../src/app/set-port.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { ping } from '../support/guest-world.ts'
import { makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'

const REQUEST = { by: 'test', dryRun: false }
const GATEWAY = '10.20.0.1'
const GATEWAY6 = 'fd20::1'
const LAB = `name: lab
mode: isolated
addresses:
  - address: ${GATEWAY}/24
    dhcp: {range: 10.20.0.100-10.20.0.200}
  - address: ${GATEWAY6}/64
bandwidth: {inbound: 4000, outbound: {average: 2000, burst: 100}}
portgroups:
  - {name: slow, default: yes, bandwidth: {inbound: {average: 2000}, outbound: {average: 1000}}}
  - free
`
let real: RealApp
const sinks: ChildProcess[] = []

const script = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  join(import.meta.dirname, '../support/throughput.ts'),
]
const inside = (where: string, words: readonly string[]): [string, string[]] =>
  where === ''
    ? [script[0] ?? '', [...script.slice(1), ...words]]
    : ['ip', ['netns', 'exec', where, ...script, ...words]]

async function sink(where: string): Promise<void> {
  const child = spawn(...inside(where, ['sink', '9000']), { stdio: ['ignore', 'pipe', 'inherit'] })
  sinks.push(child)
  await once(child.stdout, 'data')
}

/** Kilobytes a second that got through, when about a second of them is sent. */
async function speed(from: string, to: string, expected: number): Promise<number> {
  const { stdout } = await promisify(execFile)(...inside(from, ['send', to, '9000', String(expected * 1200)]))
  return Number(stdout) / 1000
}

/** TCP/IP takes its share of what the kernel counts, and the bucket is full at the beginning. A busy machine may be slower, never faster. */
async function assertNear(from: string, to: string, expected: number): Promise<void> {
  await until(`${String(expected)} kB/s get from '${from}' to ${to}`, async () => {
    const part = (await speed(from, to, expected)) / expected
    assert.ok(
      part < 1.2,
      `${String(Math.round(part * 100))} % of ${String(expected)} kB/s from '${from}' to ${to}`,
    )
    return part > 0.8
  })
}

before(async () => {
  real = openRealApp(makeRoot())
  for (const name of ['one', 'two']) run('ip', 'netns', 'add', name)
  await createNetwork(real.app, await readNetworkDefinition(LAB), REQUEST)
  await addPort(real.app, 'lab', { netns: 'one' }, REQUEST)
  await addPort(real.app, 'lab', { netns: 'two', portgroup: 'free' }, REQUEST)
  run('ip', '-n', 'one', 'address', 'add', 'fd20::11/64', 'dev', 'eth0', 'nodad')
  await Promise.all(['', 'one', 'two'].map(sink))
  await until('they reach each other', () => ping('one', GATEWAY))
})

after(async () => {
  for (const child of sinks) child.kill()
  await stopNetwork(real.app, 'lab', { ...REQUEST, force: true })
  real.close()
  removeRoot(real.root)
})

const addressOf = async (guest: string): Promise<string> => (await showPort(real.app, 'lab', guest)).ip ?? ''

test('the default port group holds who names none, both ways, IPv4 and IPv6', async () => {
  await assertNear('', await addressOf('one'), 2000)
  await assertNear('one', GATEWAY, 1000)
  await assertNear('', 'fd20::11', 2000)
  await assertNear('one', GATEWAY6, 1000)
})

test('who names another one is held by the network alone', async () => {
  await assertNear('', await addressOf('two'), 4000)
  await assertNear('two', GATEWAY, 2000)
})

test('neighbours without limits of their own speak as fast as they can', async () => {
  await setPort(real.app, 'lab', 'one', { rateBits: 0, direction: 'both' }, REQUEST)
  const address = await addressOf('one')
  // Twice what anybody is held to. A busy machine may take its time.
  await until('nothing holds them', async () => (await speed('two', address, 4000)) > 8000)
})

test('people have the last word, and take it back', async () => {
  await setPort(real.app, 'lab', 'one', { rateBits: 12_000_000, direction: 'from-guest' }, REQUEST)
  const { impairments } = await showPort(real.app, 'lab', 'one')
  assert.deepEqual([impairments['to-guest'].rateBits, impairments['from-guest'].rateBits], [0, 12_000_000])
  await assertNear('one', GATEWAY, 1500)
  await setPort(real.app, 'lab', 'one', { clear: true, direction: 'both' }, REQUEST)
  const again = (await showPort(real.app, 'lab', 'one')).impairments
  assert.deepEqual([again['to-guest'].rateBits, again['from-guest'].rateBits], [16_000_000, 8_000_000])
})

test('a port group that the network has not got is refused', async () => {
  run('ip', 'netns', 'add', 'three')
  await assert.rejects(addPort(real.app, 'lab', { netns: 'three', portgroup: 'fast' }, REQUEST), {
    code: 'not-found',
    message: "network 'lab' has no port group 'fast'",
    hint: 'it has slow, free',
  })
})

test('VLANs are refused where the bridges of the kernel know none, before anything is changed', async (t) => {
  if (await real.app.host.canFilterVlans()) {
    t.skip('this kernel has CONFIG_BRIDGE_VLAN_FILTERING')
    return
  }
  const links = run('ip', '-o', 'link')
  const draft = await readNetworkDefinition('name: tagged\nmode: isolated\nvlan: 42\n')
  await assert.rejects(createNetwork(real.app, draft, REQUEST), {
    code: 'unsupported',
    message: "this kernel's bridges know no VLANs (CONFIG_BRIDGE_VLAN_FILTERING)",
  })
  assert.equal(run('ip', '-o', 'link'), links)
})

test('with a port goes its queue', async () => {
  await addPort(real.app, 'lab', { netns: 'three' }, REQUEST)
  const { link } = await showPort(real.app, 'lab', 'three')
  assert.match(run('ip', '-o', 'link'), new RegExp(`${link.name}-in`))
  await removePort(real.app, 'lab', 'three', REQUEST)
  assert.doesNotMatch(run('ip', '-o', 'link'), new RegExp(link.name))
})

test('isolated guests reach this host and who is not isolated, never each other', async () => {
  for (const name of ['alone', 'apart']) {
    run('ip', 'netns', 'add', name)
    await addPort(real.app, 'lab', { netns: name, isolated: true }, REQUEST)
  }
  for (const [from, to] of [
    ['apart', GATEWAY],
    ['alone', GATEWAY],
    ['alone', await addressOf('two')],
  ] as const)
    await until(`${from} reaches ${to}`, () => ping(from, to))
  const reached = await Promise.all([
    ping('alone', await addressOf('apart')),
    ping('apart', await addressOf('alone')),
  ])
  assert.deepEqual(reached, [false, false])
})
