/** A bridge over a NIC that ifupdown keeps: written in its words, it is there again after a reboot, and gone without a trace when it is not confirmed. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { executePlan } from '../../src/app/execute-plan.ts'
import { addHostBridge, confirmHost, listHostBridges, removeHostBridge } from '../../src/app/host-bridge.ts'
import { WeftError } from '../../src/core/errors.ts'
import { describeEtc, hanging, makeKeeperWorld, reboot, type KeeperWorld } from '../support/keeper-world.ts'
import { run, until } from '../support/real-app.ts'
import {
  assertHangs,
  assertSoon,
  describeHanging,
  describeUplinks,
  NIC,
  PEER,
  whenAtRest,
} from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: NIC, confirmWithin: 600 }
const INTERFACES = `# what the installer wrote
auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
\taddress 192.0.2.10/24
\tgateway 192.0.2.1
\tup ip route add 203.0.113.0/24 via 192.0.2.250 dev eth0

iface eth0 inet6 static
\taddress 2001:db8::10/64
\tgateway 2001:db8::1

source interfaces.d/*`
const MORE = 'auto eth0:1\niface eth0:1 inet static\n  address 192.0.2.11/24\n'
let world: KeeperWorld
let links: string[]
let files: string[]
let state: string

before(async () => {
  world = await makeKeeperWorld({
    'etc/network/interfaces': INTERFACES,
    'etc/network/interfaces.d/more': MORE,
  })
  files = describeEtc(world)
  await world.room.run(['ifup', '-a'])
  await atRest(NIC)
  links = await whenAtRest(describeUplinks)
  state = ifstate()
})
after(() => {
  world.real.close()
})

const ifstate = (): string => readFileSync(join(world.room.root, 'run/network/ifstate'), 'utf8')
const atRest = (link: string): Promise<void> =>
  until(`${link} has its link-local address`, () =>
    run('ip', 'addr', 'show', 'dev', link, 'scope', 'link', '-tentative').includes('fe80'),
  )
const canReach = (own = '192.0.2.11'): void => {
  for (const address of ['192.0.2.1', '2001:db8::1']) run('busybox', 'ping', '-c1', '-W30', address)
  run('ip', 'netns', 'exec', PEER, 'busybox', 'ping', '-c1', '-W30', own)
}

async function assertBack(where = ''): Promise<void> {
  await assertSoon(describeUplinks, links, where)
  assert.deepEqual(describeEtc(world), files, where)
  assert.equal(ifstate(), state, where)
  assert.ok(!existsSync(join(world.room.root, 'var/lib/weft/host/br0')), where)
}

test('it says so in its files, and after a reboot ifup makes the same of them', async () => {
  const { app } = world.real
  const onNic = describeHanging(NIC)
  const { notes } = await addHostBridge(app, ORDER, REQUEST)
  assert.match(notes.join('\n'), /there again after a reboot: ifupdown has it in .*\/interfaces, .*\/more/)
  await assertHangs('br0', onNic)
  assert.match(await world.room.run(['ifquery', '--state']), /^br0=br0$/m)
  canReach()
  await confirmHost(app, REQUEST)

  reboot(world, 'br0')
  await world.room.run(['ifup', '-a'])
  await atRest('br0')
  canReach()
  const lasting = (lines: readonly string[]): string[] =>
    lines.filter((line) => !/neigh|"protocol":"kernel"/.test(line))
  await assertSoon(() => lasting(describeHanging('br0')), lasting(onNic))
  assert.match(run('ip', '-d', 'link', 'show', NIC), /master br0 .*addrgenmode none/s)
  assert.deepEqual(
    (await listHostBridges(app)).map(({ name, uplink, state: of, keeper }) => [name, uplink, of, keeper]),
    [['br0', NIC, 'confirmed', 'ifupdown']],
  )
})

test('removed after the reboot, every file is as it was, and ifup makes of them what there was', async () => {
  const { app } = world.real
  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  canReach()
  await confirmHost(app, REQUEST)
  assert.deepEqual(describeEtc(world), files)
  assert.doesNotMatch(ifstate(), /br0/)
  assert.ok(!existsSync('/sys/class/net/br0'))
  reboot(world)
  await world.room.run(['ifup', '-a'])
  await atRest(NIC)
  links = await whenAtRest(describeUplinks)
  state = ifstate()
  await assertBack()
})

test('whichever step fails, links and files are as before', async () => {
  const { app } = world.real
  const { plan } = await addHostBridge(app, ORDER, { ...REQUEST, dryRun: true })
  await assertBack()
  for (const [index, { reason }] of plan.steps.entries()) {
    let performed = 0
    const perform: typeof app.host.perform = async (action) => {
      if (performed++ === index) throw new WeftError('command-failed', 'told to fail')
      await app.host.perform(action)
    }
    const failing = { ...app, host: { ...app.host, perform } }
    await assert.rejects(executePlan(failing, plan, 'test'), { code: 'command-failed' }, reason)
    await assertBack(reason)
  }
})

test('unconfirmed, the guard takes the files back too', async () => {
  const { app } = world.real
  await addHostBridge(app, ORDER, REQUEST)
  assert.notDeepEqual(describeEtc(world), files)
  guard('now')
  await assertBack()
})

test('a reboot before anybody confirmed: the files are as before when ifup reads them', async () => {
  const { app } = world.real
  await addHostBridge(app, ORDER, REQUEST)
  reboot(world, 'br0')
  guard('boot')
  await world.room.run(['ifup', '-a'])
  await atRest(NIC)
  assert.deepEqual(describeEtc(world), files)
  canReach()
  links = await whenAtRest(describeUplinks)
  await assertBack()
})

test('what somebody has written into them since is not lost', async () => {
  const { app } = world.real
  await addHostBridge(app, ORDER, REQUEST)
  await confirmHost(app, REQUEST)
  const path = join(world.room.root, 'etc/network/interfaces')
  const written = readFileSync(path, 'utf8')
  await world.room.run(['sh', '-c', 'echo "# mine" >>/etc/network/interfaces'])
  await assert.rejects(
    removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST),
    /interfaces' has been changed since/,
  )
  assert.match(readFileSync(path, 'utf8'), /# mine\n$/)
  await world.room.run(['sh', '-c', 'printf %s "$1" >/etc/network/interfaces', 'sh', written])
  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  await assertBack()
})

test('another address: what says more of the old one is named first; then it is there, after a reboot too', async () => {
  const { app } = world.real
  const words = { address: ['192.0.2.20/24'], gateway: ['192.0.2.1'], dns: ['192.0.2.1'] }
  await assert.rejects(addHostBridge(app, { ...ORDER, ...words }, REQUEST), { code: 'unsupported' })
  await assertBack()
  const path = join(world.room.root, 'etc/network/interfaces')
  writeFileSync(path, INTERFACES.replace(/^\tup ip route.*\n/m, '').replace('source interfaces.d/*', ''))
  await again()
  const before = describeEtc(world)
  await addHostBridge(app, { ...ORDER, ...words }, REQUEST)
  const lines = (): string[] =>
    hanging('br0').flatMap((line) => (line.includes('fe80') ? [] : [line.replace(/ onlink.*/, '')]))
  const live = await whenAtRest(lines)
  assert.match(live.join('\n'), /192\.0\.2\.20\/24(.*\n)*.*2001:db8::10/)
  assert.match(readFileSync(join(world.room.root, 'etc/resolv.conf'), 'utf8'), /^nameserver 192\.0\.2\.1\n$/)
  canReach('192.0.2.20')
  await confirmHost(app, REQUEST)
  reboot(world, 'br0')
  await world.room.run(['ifup', '-a'])
  await atRest('br0')
  await assertSoon(lines, live)
  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  canReach('192.0.2.10')
  assert.deepEqual(describeEtc(world), before)
})

async function again(): Promise<void> {
  reboot(world)
  await world.room.run(['ifup', '-a'])
  await atRest(NIC)
}

const guard = (word: string): string =>
  run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), word)
