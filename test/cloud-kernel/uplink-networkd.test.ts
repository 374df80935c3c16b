/** A bridge over a VLAN of a bond, all of which systemd-networkd keeps: it is taken over, made again after a reboot, and given back. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import { assertAnswered, assertLegsInBond, layLegs, LEGS, masterOf } from '../support/bond-legs.ts'
import {
  describeEtc,
  hanging,
  makeKeeperWorld,
  reboot,
  type Cables,
  type KeeperWorld,
} from '../support/keeper-world.ts'
import { networkdConfigured, startNetworkd, startNetworkdBus, stopNetworkd } from '../support/networkd.ts'
import { run, until } from '../support/real-app.ts'
import { openConnection } from '../support/uplink-connection.ts'
import { assertSoon, end, PEER, whenAtRest } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const UPLINK = 'bond0.10'
const ORDER = { bridge: 'br0', uplink: UPLINK, confirmWithin: 600 }
const FILES = {
  '20-bond.netdev': '[NetDev]\nName=bond0\nKind=bond\n[Bond]\nMode=active-backup\nMIIMonitorSec=100ms\n',
  '20-legs.network': '[Match]\nName=leg*\n[Network]\nBond=bond0\n',
  '20-bond.network': '[Match]\nName=bond0\n[Network]\nVLAN=bond0.10\nLinkLocalAddressing=no\n',
  '20-vlan.netdev': '[NetDev]\nName=bond0.10\nKind=vlan\n[VLAN]\nId=10\n',
  '20-vlan.network': `[Match]
Name=bond0.10
[Network]
Address=192.0.2.10/24
Gateway=192.0.2.1
Address=2001:db8::10/64
IPv6AcceptRA=no
[Route]
Destination=203.0.113.0/24
Gateway=192.0.2.250
`,
}
const CABLES: Cables = {
  names: LEGS,
  outside: ['switch'],
  lay: [
    ...layLegs('switch'),
    `-n ${PEER} link set switch up`,
    `-n ${PEER} link add link switch name far type vlan id 10`,
  ],
}
let world: KeeperWorld
let bus: ChildProcess
let daemon: ChildProcess

before(async () => {
  const files = Object.entries(FILES).map(([name, text]) => [`etc/systemd/network/${name}`, text] as const)
  world = await makeKeeperWorld(Object.fromEntries(files), undefined, CABLES)
  bus = await startNetworkdBus(world)
  daemon = startNetworkd(world.room)
  await assertOn(UPLINK)
})
after(async () => {
  world.real.close()
  await stopNetworkd(daemon)
  await end(bus, 'SIGKILL')
})

test('with both legs and its tag it is taken over, made again after a reboot, and given back', async () => {
  const { app } = world.real
  const [links, files] = [await whenAtRest(() => hanging(UPLINK)), describeEtc(world)]
  const assertBack = async (): Promise<void> => {
    await assertSoon(() => hanging(UPLINK), links)
    await assertSoon(() => describeEtc(world), files)
    await until('the bridge has gone', () => !existsSync('/sys/class/net/br0'))
    assert.ok(!existsSync(join(world.room.root, 'var/lib/weft/host/br0')))
  }
  const connection = await openConnection('192.0.2.10')
  await addHostBridge(app, ORDER, REQUEST)
  await assertOn('br0')
  await assertSoon(() => hanging('br0'), links)
  run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), 'now')
  await assertOn(UPLINK)
  await assertBack()

  await addHostBridge(app, ORDER, REQUEST)
  await assertOn('br0')
  assert.equal(await connection.ask('still there?'), 'still there?')
  connection.close()
  await confirmHost(app, REQUEST)
  await stopNetworkd(daemon)
  reboot(world, 'br0', UPLINK, 'bond0')
  daemon = startNetworkd(world.room)
  await assertOn('br0')
  await assertSoon(() => hanging('br0'), links)

  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  await assertOn(UPLINK)
  await assertBack()
})

/** The host is on that link, both legs are in the bond, and a peer is answered. */
async function assertOn(link: string): Promise<void> {
  await networkdConfigured(world, link)
  await assertLegsInBond()
  await until('the VLAN is where it belongs', () => masterOf(UPLINK) === (link === 'br0' ? 'br0' : undefined))
  await assertAnswered()
}
