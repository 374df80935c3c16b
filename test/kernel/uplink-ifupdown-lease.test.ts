/** A bridge over a NIC that ifupdown keeps with a leased address: Debian's own client renews the lease on the bridge, and on the NIC again. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import { atRest, client, ifupAll, putClientInReach, stopClients, hasNoClient } from '../support/dhclient.ts'
import {
  address,
  describeEtc,
  hanging,
  makeKeeperWorld,
  reboot,
  type KeeperWorld,
} from '../support/keeper-world.ts'
import { serveLeases } from '../support/networkd.ts'
import { run, until } from '../support/real-app.ts'
import { failAtSteps } from '../support/uplink-failures.ts'
import { assertNotCutOff, assertSoon, end, NIC, startPings, whenAtRest } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: NIC, confirmWithin: 600 }
const OTHER = { address: ['192.0.2.20/24'], gateway: ['192.0.2.1'], dns: ['192.0.2.1'] }
const INTERFACES = 'auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n'
let world: KeeperWorld
let server: ChildProcess
let files: string[]
let links: string[]

before(async () => {
  world = await makeKeeperWorld({
    'etc/network/interfaces': INTERFACES,
    'etc/resolv.conf': 'nameserver 192.0.2.1\nnameserver 192.0.2.250\n',
  })
  server = serveLeases()
  putClientInReach(world)
  files = describeEtc(world)
  await boot()
  links = await whenAtRest(() => hanging(NIC))
})
after(async () => {
  stopClients(world, NIC, 'br0')
  world.real.close()
  await end(server, 'SIGTERM')
})

async function boot(link = NIC): Promise<void> {
  await ifupAll(world)
  await hasClient(link)
  await atRest(link)
}

const hasClient = (link: string): Promise<void> =>
  until(`a client looks after ${link}`, () => client(world, link) !== undefined && address(link) !== 'none')

async function assertBack(where = ''): Promise<void> {
  await hasClient(NIC)
  await atRest(NIC)
  await assertSoon(() => hanging(NIC), links, where)
  assert.deepEqual(describeEtc(world), files, where)
  await hasNoClient(world, 'br0', 4)
  assert.ok(!existsSync('/sys/class/net/br0'), where)
}

test('the client goes along, with its lease and nobody cut off; after a reboot ifup starts it so', async () => {
  const { app } = world.real
  const own = address(NIC)
  const pings = await startPings(own)
  await addHostBridge(app, ORDER, REQUEST)
  await hasClient('br0')
  await atRest('br0')
  await hasNoClient(world, NIC, 4)
  await assertSoon(() => hanging('br0'), links)
  assertNotCutOff(await pings.stop())
  await confirmHost(app, REQUEST)
  await until('the lease has been asked for by the bridge', () =>
    readFileSync(join(world.room.root, 'var/lib/dhcp/dhclient.br0.leases'), 'utf8').includes(own),
  )

  stopClients(world, 'br0')
  reboot(world, 'br0')
  await boot('br0')
  assert.equal(address('br0'), own)
  await assertSoon(() => hanging('br0'), links)
})

test('removed, the client is on the NIC again', async () => {
  const { app } = world.real
  const pings = await startPings(address('br0'))
  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  assertNotCutOff(await pings.stop())
  await assertBack()
})

test('unconfirmed, the guard takes the client back too', async () => {
  await addHostBridge(world.real.app, ORDER, REQUEST)
  await hasClient('br0')
  guard('br0')
  await assertBack()
})

test('whichever step fails once the client is concerned, it is on the NIC as before', async () => {
  await failAtSteps(
    world.real,
    ORDER,
    (reason) => /client|is there|moves/.test(reason),
    () => assertBack(),
  )
})

test('another address: the client ends; unconfirmed, it looks after the NIC as before', async () => {
  const { app } = world.real
  await addHostBridge(app, { ...ORDER, ...OTHER }, REQUEST)
  for (const link of [NIC, 'br0']) await hasNoClient(world, link, 4)
  assert.equal(address(NIC), 'none')
  assert.equal(address('br0'), '192.0.2.20')
  guard('br0')
  await assertBack()
})

test('another address lasts: no client after a reboot; removed, the NIC has its lease', async () => {
  const { app } = world.real
  await addHostBridge(app, { ...ORDER, ...OTHER }, REQUEST)
  await confirmHost(app, REQUEST)
  const lasting = (): string[] => hanging('br0').filter((line) => !line.includes('fe80'))
  const own = await whenAtRest(lasting)
  assert.match(own.join('\n'), /^default via 192\.0\.2\.1.*\n.*192\.0\.2\.20\/24 /)
  assert.match(
    readFileSync(join(world.room.root, 'etc/resolv.conf'), 'utf8'),
    /^(?!.*250)nameserver 192\.0\.2\.1\n$/,
  )
  reboot(world, 'br0')
  await ifupAll(world)
  await atRest('br0')
  const ownAgain = await whenAtRest(lasting)
  assert.deepEqual(
    ownAgain.map((line) => line.replace(' onlink', '')),
    own,
  )
  for (const link of [NIC, 'br0']) await hasNoClient(world, link, 4)

  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await hasClient(NIC)
  guard('br0:remove')
  await atRest('br0')
  await assertSoon(lasting, ownAgain)
  await hasNoClient(world, NIC, 4)
  assert.equal(address(NIC), 'none')

  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  await assertBack()
})

const guard = (change: string): string =>
  run('sh', join(world.room.root, 'var/lib/weft/host', change, 'guard.sh'), 'now')
