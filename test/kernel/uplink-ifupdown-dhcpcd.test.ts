/** A bridge over a NIC that ifupdown keeps with a lease from dhcpcd: it renews the lease on the bridge, and on the NIC again. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import { dhcpcd, dhcpcdRoom, putDhcpcdInReach } from '../support/dhcpcd.ts'
import { ifupAll } from '../support/dhclient.ts'
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
const OTHER = { address: ['192.0.2.20/24'], gateway: ['192.0.2.1'] }
const INTERFACES =
  'auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n    hostname weft-test\n'
let world: KeeperWorld
let server: ChildProcess
let files: string[]
let links: string[]

before(async () => {
  world = await makeKeeperWorld({ 'etc/network/interfaces': INTERFACES }, await dhcpcdRoom())
  server = serveLeases('--dhcp-option=6,192.0.2.1')
  putDhcpcdInReach(world)
  await boot()
  files = describeEtc(world)
  links = await whenAtRest(() => hanging(NIC))
})
after(async () => {
  for (const link of [NIC, 'br0']) await stop(link)
  world.real.close()
  await end(server, 'SIGTERM')
})

async function boot(link = NIC): Promise<void> {
  await ifupAll(world)
  await isLeased(link)
}

async function stop(link: string): Promise<void> {
  const pid = dhcpcd(world, link)
  if (pid === undefined) return
  process.kill(pid, 'SIGTERM')
  await until('dhcpcd has ended', () => dhcpcd(world, link) === undefined)
}

/** What it says of name servers comes last. */
const isLeased = (link: string): Promise<void> =>
  until(
    `dhcpcd looks after ${link}`,
    () =>
      dhcpcd(world, link) !== undefined &&
      address(link) !== 'none' &&
      resolver().includes(`from ${link}.dhcp\n`) &&
      run('ip', 'addr', 'show', 'dev', link, 'tentative') === '',
  )

const resolver = (): string => {
  const path = join(world.room.root, 'etc/resolv.conf')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

async function assertBack(): Promise<void> {
  await isLeased(NIC)
  await assertSoon(() => hanging(NIC), links)
  assert.deepEqual(describeEtc(world), files)
  await until('no client looks after br0', () => dhcpcd(world, 'br0') === undefined)
  assert.ok(!existsSync('/sys/class/net/br0'))
}

test('it goes along, with its lease and nobody cut off; after a reboot ifup starts it so', async () => {
  const { app } = world.real
  const own = address(NIC)
  const pings = await startPings(own)
  await addHostBridge(app, ORDER, REQUEST)
  await isLeased('br0')
  await until(`no client looks after ${NIC}`, () => dhcpcd(world, NIC) === undefined)
  await assertSoon(() => hanging('br0'), links)
  assertNotCutOff(await pings.stop())
  await confirmHost(app, REQUEST)

  await stop('br0')
  reboot(world, 'br0')
  await boot('br0')
  assert.equal(address('br0'), own)
  await assertSoon(() => hanging('br0'), links)
})

test('removed, it is on the NIC again', async () => {
  const { app } = world.real
  const pings = await startPings(address('br0'))
  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  assertNotCutOff(await pings.stop())
  await assertBack()
})

test('unconfirmed, the guard takes it back too', async () => {
  await addHostBridge(world.real.app, ORDER, REQUEST)
  guard()
  await assertBack()
})

test('whichever step fails once it is concerned, it is on the NIC as before', async () => {
  await failAtSteps(
    world.real,
    ORDER,
    (reason) => /client|is there|moves/.test(reason),
    () => assertBack(),
  )
})

test('another address: it looks after both families at once; where it has one only, it ends and comes back', async () => {
  const { app } = world.real
  await assert.rejects(addHostBridge(app, { ...ORDER, ...OTHER }, REQUEST), {
    code: 'unsupported',
    details: [
      [
        'because',
        "dhcpcd looks after IPv4 and IPv6 of 'eth0' at once, and only one of them gets another address",
      ],
    ],
  })
  const path = join(world.room.root, 'etc/dhcpcd.conf')
  await stop(NIC)
  reboot(world)
  writeFileSync(path, `${readFileSync(path, 'utf8')}noipv6\n`)
  await boot()
  files = describeEtc(world)
  links = await whenAtRest(() => hanging(NIC))
  await addHostBridge(app, { ...ORDER, ...OTHER }, REQUEST)
  for (const link of [NIC, 'br0']) assert.equal(dhcpcd(world, link), undefined)
  assert.equal(address('br0'), '192.0.2.20')
  await confirmHost(app, REQUEST)
  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  await assertBack()
})

test('one that would take its addresses along when it ends is refused, with what to do', async () => {
  const path = join(world.room.root, 'etc/dhcpcd.conf')
  const settings = readFileSync(path, 'utf8')
  writeFileSync(path, settings.replace(/^persistent$/m, ''))
  await assert.rejects(addHostBridge(world.real.app, ORDER, REQUEST), {
    code: 'unsupported',
    hint: 'echo persistent >>/etc/dhcpcd.conf; ifdown eth0; ifup eth0',
  })
  writeFileSync(path, settings)
  await assertBack()
})

const guard = (): string => run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), 'now')
