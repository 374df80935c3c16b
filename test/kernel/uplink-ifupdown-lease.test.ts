/** A bridge over a NIC that ifupdown keeps with a leased address: Debian's own client renews the lease on the bridge, and on the NIC again. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
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
import { end, NIC, startPings } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: NIC, confirmWithin: 600 }
const INTERFACES = 'auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n'
let world: KeeperWorld
let server: ChildProcess
let files: string[]
let links: string[]

before(async () => {
  world = await makeKeeperWorld({ 'etc/network/interfaces': INTERFACES })
  server = serveLeases()
  putClientInReach()
  files = describeEtc(world)
  await boot()
  links = hanging(NIC)
})
after(async () => {
  for (const link of [NIC, 'br0']) stopClient(link)
  world.real.close()
  await end(server, 'SIGTERM')
})

/** weft is not in the room, and calls it by its name. */
function putClientInReach(): void {
  const directory = '/run/programs'
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'dhclient')
  writeFileSync(path, `#!/bin/sh\nexec chroot ${world.room.root} /sbin/dhclient "$@"\n`)
  chmodSync(path, 0o755)
  process.env['PATH'] = `${directory}:${process.env['PATH'] ?? ''}`
}

async function boot(link = NIC): Promise<void> {
  // The client would keep what it says to open.
  await world.room.run(['sh', '-c', 'ifup -a >/run/said 2>&1'])
  await hasClient(link)
  await atRest(link)
}

const pidFile = (link: string): string => join(world.room.root, `run/dhclient.${link}.pid`)

/** The number of the client that looks after the link. */
function client(link: string): number | undefined {
  const pid = existsSync(pidFile(link)) ? Number(readFileSync(pidFile(link), 'utf8')) : 0
  const line =
    pid > 0 && existsSync(`/proc/${String(pid)}`) ? readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8') : ''
  return line.includes('dhclient') && line.endsWith(`\0${link}\0`) ? pid : undefined
}

const hasClient = (link: string): Promise<void> =>
  until(`a client looks after ${link}`, () => client(link) !== undefined && address(link) !== 'none')
const atRest = (link: string): Promise<void> =>
  until(`${link} has its link-local address`, () =>
    run('ip', 'addr', 'show', 'dev', link, 'scope', 'link', '-tentative').includes('fe80'),
  )

function stopClient(link: string): void {
  const pid = client(link)
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
}

async function assertBack(where = ''): Promise<void> {
  await hasClient(NIC)
  await atRest(NIC)
  assert.deepEqual(hanging(NIC), links, where)
  assert.deepEqual(describeEtc(world), files, where)
  assert.equal(client('br0'), undefined, where)
  assert.ok(!existsSync('/sys/class/net/br0'), where)
}

test('the client goes along, with its lease and nobody cut off; after a reboot ifup starts it so', async () => {
  const { app } = world.real
  const own = address(NIC)
  const pings = await startPings(own)
  await addHostBridge(app, ORDER, REQUEST)
  await hasClient('br0')
  await atRest('br0')
  assert.equal(client(NIC), undefined)
  assert.deepEqual(hanging('br0'), links)
  const { lost } = await pings.stop()
  assert.ok(lost <= 10, `${String(lost)} pings lost`)
  await confirmHost(app, REQUEST)
  await until('the lease has been asked for by the bridge', () =>
    readFileSync(join(world.room.root, 'var/lib/dhcp/dhclient.br0.leases'), 'utf8').includes(own),
  )

  stopClient('br0')
  reboot(world, 'br0')
  await boot('br0')
  assert.equal(address('br0'), own)
  assert.deepEqual(hanging('br0'), links)
})

test('removed, the client is on the NIC again', async () => {
  const { app } = world.real
  const pings = await startPings(address('br0'))
  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  const { lost } = await pings.stop()
  assert.ok(lost <= 10, `${String(lost)} pings lost`)
  await assertBack()
})

test('unconfirmed, the guard takes the client back too', async () => {
  await addHostBridge(world.real.app, ORDER, REQUEST)
  await hasClient('br0')
  run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), 'now')
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
