/** A bridge over a NIC that ifupdown keeps with a lease of IPv6 as well: both clients go along, or the one whose family gets another address ends. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import { atRest, client, ifupAll, putClientInReach, stopClients, hasNoClient } from '../support/dhclient.ts'
import { describeEtc, hanging, makeKeeperWorld, reboot, type KeeperWorld } from '../support/keeper-world.ts'
import { serveLeases } from '../support/networkd.ts'
import { run, until } from '../support/real-app.ts'
import { failAtSteps } from '../support/uplink-failures.ts'
import { assertSoon, end, NIC, PEER, whenAtRest } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: NIC, confirmWithin: 600 }
const LEASED = /inet6 (2001:db8::[5-9]\S+)\/\S+ .*dynamic/
/** An address that does not run out beside the leased one: the client begins by taking such away. */
const INTERFACES = `auto lo
iface lo inet loopback

auto eth0
iface eth0 inet dhcp
iface eth0 inet6 dhcp
iface eth0 inet6 static
    address 2001:db8::10/64
    dad-attempts 0
`
let world: KeeperWorld
let server: ChildProcess
let files: string[]
let links: string[]

before(async () => {
  world = await makeKeeperWorld({ 'etc/network/interfaces': INTERFACES })
  // Who says that he is no router is forgotten as one.
  run('ip', 'netns', 'exec', PEER, 'sysctl', '-q', '-w', 'net.ipv6.conf.all.forwarding=1')
  server = serveLeases('--enable-ra', '--dhcp-range=2001:db8::50,2001:db8::9f,64,3600')
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
  await hasClients(link, 4, 6)
}

async function hasClients(link: string, ...families: readonly (4 | 6)[]): Promise<void> {
  await until(`its clients look after ${link}`, () => {
    const lines = hanging(link).join('\n')
    return (
      families.every((family) => client(world, link, family) !== undefined) &&
      (!families.includes(4) || /inet 192\.0\.2\.[5-9].*dynamic/.test(lines)) &&
      (!families.includes(6) || LEASED.test(lines)) &&
      lines.includes('default via fe80') &&
      run('ip', 'addr', 'show', 'dev', link, 'tentative') === ''
    )
  })
  await atRest(link)
}

async function assertBack(): Promise<void> {
  await hasClients(NIC, 4, 6)
  await assertSoon(() => hanging(NIC), links)
  assert.deepEqual(describeEtc(world), files)
  await hasNoClient(world, 'br0', 4, 6)
  assert.ok(!existsSync('/sys/class/net/br0'))
}

test('both clients go along with their leases; after a reboot ifup starts them so; and back', async () => {
  const { app } = world.real
  const own = LEASED.exec(links.join('\n'))?.[1] ?? ''
  await addHostBridge(app, ORDER, REQUEST)
  await hasClients('br0', 4, 6)
  await hasNoClient(world, NIC, 4, 6)
  await assertSoon(() => hanging('br0'), links)
  await confirmHost(app, REQUEST)
  await until('the lease has been asked for by the bridge', () => {
    const said = readFileSync(join(world.room.root, 'var/lib/dhcp/dhclient6.br0.leases'), 'utf8')
    return said.includes('"br0"') && said.includes(own)
  })

  stopClients(world, 'br0')
  reboot(world, 'br0')
  await boot('br0')
  await assertSoon(() => hanging('br0'), links)
  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  await assertBack()
})

test('whichever step fails once the clients are concerned, they are on the NIC as before', async () => {
  const isWanted = (reason: string): boolean => /client|is there|moves/.test(reason)
  await failAtSteps(world.real, ORDER, isWanted, assertBack)
})

test('another address of IPv6: that client ends, the other one goes along; name servers are its affair', async () => {
  const { app } = world.real
  // `--address` is for one of a family.
  const text = INTERFACES.split('iface eth0 inet6 static')[0] ?? ''
  writeFileSync(join(world.room.root, 'etc/network/interfaces'), text)
  stopClients(world, NIC)
  reboot(world)
  await boot()
  files = describeEtc(world)
  links = await whenAtRest(() => hanging(NIC))
  const order = { ...ORDER, address: ['2001:db8::20/64'], gateway: ['2001:db8::1'] }
  await assert.rejects(addHostBridge(app, { ...order, dns: ['2001:db8::1'] }, REQUEST), {
    code: 'unsupported',
  })
  await addHostBridge(app, order, REQUEST)
  await until('the client of IPv4 looks after br0', () => client(world, 'br0') !== undefined)
  for (const link of [NIC, 'br0']) await hasNoClient(world, link, 6)
  assert.doesNotMatch(hanging('br0').join('\n'), LEASED)
  await confirmHost(app, REQUEST)
  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  await assertBack()
})
