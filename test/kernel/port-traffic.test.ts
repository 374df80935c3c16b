/** Ports as they are used: counted from the guest's side, pulled out and put in again, held to a rate, on a real kernel. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { after, before, test } from 'node:test'
import { captureGuest } from '../../src/app/capture.ts'
import { defineDefaultNetwork } from '../../src/app/complete-network.ts'
import { listHistory, showChange, undoChange } from '../../src/app/history.ts'
import { addPort } from '../../src/app/network-ports.ts'
import { startNetwork, stopNetwork } from '../../src/app/networks.ts'
import { listAllPorts, listPorts, showPort } from '../../src/app/port-traffic.ts'
import { setPort } from '../../src/app/set-port.ts'
import { UNIMPAIRED } from '../../src/core/network/bridge/impairment.ts'
import { canPing, makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'

const byTest = { by: 'test', dryRun: false }
const GATEWAY = '192.168.122.1'
const ADDRESS = '192.168.122.50'
let real: RealApp
let server: ChildProcess

before(async () => {
  real = openRealApp(makeRoot())
  await defineDefaultNetwork(real.app)
  await startNetwork(real.app, 'default', byTest)
  for (const name of ['box', 'other']) run('ip', 'netns', 'add', name)
  await addPort(real.app, 'default', { netns: 'box', ip: ADDRESS }, byTest)
  await addPort(real.app, 'default', { netns: 'other' }, byTest)
  for (const name of ['box', 'other']) await until(`${name} is heard`, () => canPing(name, GATEWAY))
  server = spawn('busybox', ['httpd', '-f', '-p', `${GATEWAY}:8080`, '-h', real.root], { stdio: 'ignore' })
  await until('somebody serves', () => run('ss', '-Hltn').includes(`${GATEWAY}:8080`))
})

after(async () => {
  server.kill()
  await stopNetwork(real.app, 'default', { ...byTest, force: true })
  real.close()
  removeRoot(real.root)
})

const show = (name = 'box') => showPort(real.app, 'default', name)

/** The kernel has to have looked at its carrier; STP, for which nobody waits, would take thirty seconds. */
const forwards = (): Promise<void> =>
  until('the port forwards', async () => (await show()).link.portState === 'forwarding', 15_000)

/** Sends bytes into the guest, which throws them away; the seconds it took. */
function sendTo(bytes: number): number {
  run('sh', '-c', `head -c ${String(bytes)} /dev/zero > ${real.root}/zeros`)
  const from = performance.now()
  run('ip', 'netns', 'exec', 'box', 'busybox', 'wget', '-qO/dev/null', `http://${GATEWAY}:8080/zeros`)
  return (performance.now() - from) / 1000
}

test('what a guest receives and sends is counted from its side', async () => {
  const from = (await show()).traffic
  sendTo(300_000)
  const to = (await show()).traffic
  assert.ok(from !== undefined && to !== undefined)
  assert.ok(to.received.bytes - from.received.bytes > 300_000)
  assert.ok(to.sent.bytes - from.sent.bytes < 100_000, 'it only acknowledged')
  const inside = (): number | undefined => {
    const text = run('ip', '-n', 'box', '-j', '-s', 'link', 'show', 'eth0')
    return (JSON.parse(text) as { stats64: { rx: { packets: number } } }[])[0]?.stats64.rx.packets
  }
  // The switch says hello every two seconds: also between one look and the other.
  await until('both ends count alike', async () => (await show()).traffic?.received.packets === inside())
})

test('all ports of all networks are listed at once', async () => {
  const all = await listAllPorts(real.app)
  assert.deepEqual(
    all.map((port) => [port.network, port.owner]),
    [
      ['default', 'namespace box'],
      ['default', 'namespace other'],
    ],
  )
  assert.deepEqual(
    all.map(({ link }) => link.name),
    (await listPorts(real.app, 'default')).map(({ link }) => link.name),
  )
})

test('a cable that is out is seen by the guest, and in again it loses neither address nor time', async () => {
  assert.equal((await setPort(real.app, 'default', 'box', { link: 'down' }, byTest)).result, 'set')
  assert.equal(run('ip', 'netns', 'exec', 'box', 'cat', '/sys/class/net/eth0/carrier').trim(), '0')
  assert.equal((await show()).link.isUp, false)
  assert.equal(canPing('box', GATEWAY), false)
  await until('the other one is heard as before', () => canPing('other', GATEWAY))
  assert.equal((await setPort(real.app, 'default', 'box', { link: 'down' }, byTest)).result, 'already-set')

  assert.equal((await setPort(real.app, 'default', 'box', { link: 'up' }, byTest)).result, 'set')
  await forwards()
  await until('the cable carries', () => canPing('box', GATEWAY))
  assert.match(run('ip', '-n', 'box', 'route'), /default via 192\.168\.122\.1/)
})

test('it is in the history, shows in the diff, and is taken back without waiting for STP either', async () => {
  const { number } = await setPort(real.app, 'default', 'box', { link: 'down' }, byTest)
  assert.ok(number !== null)
  const { diff } = await showChange(real.app, number)
  assert.deepEqual(
    diff.find(({ section }) => section === 'links')?.lines.filter((line) => /^[-+]/.test(line)),
    ['-    up', '+    down'],
  )
  await undoChange(real.app, number, byTest)
  await forwards()
  await until('the cable carries', () => canPing('box', GATEWAY))
  assert.equal((await listHistory(real.app)).at(-1)?.title.startsWith(`undo change ${String(number)}`), true)
})

test('a guest is held to a rate, and no longer', async () => {
  await setPort(real.app, 'default', 'box', { rateBits: 2_000_000 }, byTest)
  assert.deepEqual((await show()).impairments['to-guest'], { ...UNIMPAIRED, rateBits: 2_000_000 })
  const slow = sendTo(500_000)
  assert.ok(slow > 1.4, `500 kB at 2 Mbit/s took ${slow.toFixed(2)} s`)
  const again = await setPort(real.app, 'default', 'box', { rateBits: 2_000_000 }, byTest)
  assert.equal(again.result, 'already-set')

  const { number } = await setPort(real.app, 'default', 'box', { clear: true }, byTest)
  assert.deepEqual((await show()).impairments['to-guest'], UNIMPAIRED)
  await until('nothing holds it any more', () => sendTo(500_000) < slow / 2)
  await undoChange(real.app, number ?? 0, byTest)
  assert.equal((await show()).impairments['to-guest'].rateBits, 2_000_000)
  await setPort(real.app, 'default', 'box', { rateBits: 0 }, byTest)
})

test('what this kernel cannot do is refused by its name, and nothing is left of the attempt', async (t) => {
  if (await real.app.host.canImpair({ ...UNIMPAIRED, delayMs: 1 })) {
    t.skip('this kernel has netem')
    return
  }
  const queues = run('tc', 'qdisc')
  const links = run('ip', '-o', 'link')
  await assert.rejects(setPort(real.app, 'default', 'box', { delayMs: 80, link: 'down' }, byTest), {
    code: 'unsupported',
    message: 'this kernel has no netem (CONFIG_NET_SCH_NETEM)',
    hint: /modprobe sch_netem/,
  })
  assert.equal(run('tc', 'qdisc'), queues)
  assert.equal(run('ip', '-o', 'link'), links)
})

test("somebody else's queue is left alone", async () => {
  const { name } = (await show()).link
  run(
    'tc',
    'qdisc',
    'add',
    'dev',
    name,
    'root',
    'handle',
    '1:',
    'tbf',
    'rate',
    '1mbit',
    'burst',
    '10kb',
    'latency',
    '1s',
  )
  assert.deepEqual((await show()).impairments['to-guest'], UNIMPAIRED)
  await assert.rejects(setPort(real.app, 'default', 'box', { rateBits: 5_000_000 }, byTest), {
    code: 'conflict',
    message: new RegExp(`'${name}' has a queue that weft did not make: tbf 1:`),
  })
  run('tc', 'qdisc', 'delete', 'dev', name, 'root')
})

test('a port nobody has, a network that does not run and a change of nothing are refused', async () => {
  await assert.rejects(show('nobody'), { code: 'not-found', hint: 'weft port list default' })
  await assert.rejects(setPort(real.app, 'nowhere', 'box', { link: 'up' }, byTest), { code: 'not-found' })
  await assert.rejects(setPort(real.app, 'default', 'box', {}, byTest), { code: 'invalid-argument' })
})

test('captures are not started without end, and each makes room for another', async () => {
  const start = () => captureGuest(real.app, { guest: 'box', filter: 'port 9', by: 'test' })
  const captures = await Promise.all(Array.from({ length: 16 }, start))
  await assert.rejects(start(), { code: 'in-use', message: '16 captures are running already' })
  for (const capture of captures) {
    capture.stop()
    for await (const bytes of capture.packets) assert.ok(bytes.length > 0)
  }
  await Promise.all(captures.map(({ ended }) => ended))
  const again = await start()
  again.stop()
  for await (const bytes of again.packets) assert.ok(bytes.length > 0)
  assert.equal((await again.ended).because, 'ended')
})
