/** A bridge over a bond that NetworkManager keeps: the real one plugs the bond in by its own profile, again after a reboot, and lets go of it. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
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
import {
  MANAGER_CONF,
  managerConfigured as configured,
  startManager,
  startManagerBus,
} from '../support/network-manager.ts'
import { run, until } from '../support/real-app.ts'
import { openConnection } from '../support/uplink-connection.ts'
import { assertSoon, end, whenAtRest } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: 'bond0', confirmWithin: 600 }
const DIRECTORY = 'etc/NetworkManager/system-connections'
const BOND_UUID = '11111111-2222-3333-4444-555555555555'
const BOND = `# what an administrator wrote
[connection]
id=bond
uuid=${BOND_UUID}
type=bond
interface-name=bond0

[bond]
mode=active-backup
miimon=100

[ipv4]
method=manual
address1=192.0.2.10/24,192.0.2.1
route1=203.0.113.0/24,192.0.2.250

[ipv6]
method=manual
address1=2001:db8::10/64
`
/** By the bond's UUID, as NetworkManager's own programs write it. */
const leg = (name: string, uuid: string): string =>
  `[connection]\nid=${name}\nuuid=${uuid}\ntype=ethernet\ninterface-name=${name}\nmaster=${BOND_UUID}\nslave-type=bond\n`
const FILES = {
  [`${DIRECTORY}/bond.nmconnection`]: BOND,
  [`${DIRECTORY}/leg0.nmconnection`]: leg('leg0', '11111111-2222-3333-4444-666666666660'),
  [`${DIRECTORY}/leg1.nmconnection`]: leg('leg1', '11111111-2222-3333-4444-666666666661'),
}
const CABLES: Cables = {
  names: LEGS,
  outside: ['far'],
  lay: layLegs('far'),
}
let world: KeeperWorld
let bus: ChildProcess
let daemon: ChildProcess
let files: string[]
let links: string[]

before(async () => {
  const conf = { 'etc/NetworkManager/NetworkManager.conf': MANAGER_CONF }
  world = await makeKeeperWorld({ ...FILES, ...conf }, undefined, CABLES)
  for (const file of Object.keys(FILES)) chmodSync(join(world.room.root, file), 0o600)
  bus = await startManagerBus(world)
  files = describeEtc(world)
})
after(async () => {
  world.real.close()
  await end(bus, 'SIGKILL')
})
beforeEach(async () => {
  daemon = await startManager(world.room)
  await assertBonded('bond0')
  links = await whenAtRest(() => fixed('bond0'))
})
afterEach(async () => {
  await end(daemon, 'SIGKILL')
  reboot(world, ...['br0', 'bond0'].filter((link) => existsSync(`/sys/class/net/${link}`)))
})

test('it is taken over with both legs, made again after a reboot, and given back', async () => {
  const { app } = world.real
  const connection = await openConnection('192.0.2.10')
  await addHostBridge(app, ORDER, REQUEST)
  await assertBonded('br0')
  await assertSoon(() => fixed('br0'), links)
  assert.equal(await connection.ask('there?'), 'there?')
  await confirmHost(app, REQUEST)

  connection.close()
  await end(daemon, 'SIGKILL')
  reboot(world, 'br0', 'bond0')
  daemon = await startManager(world.room)
  await assertBonded('br0')
  await assertSoon(() => fixed('br0'), links)

  await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(app, REQUEST)
  await assertBonded('bond0')
  await assertBack()
})

test('unconfirmed, it takes it back with its files', async () => {
  await addHostBridge(world.real.app, ORDER, REQUEST)
  await assertBonded('br0')
  run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), 'now')
  await assertBonded('bond0')
  await assertBack()
})

/** The host is on that link, both legs are in the bond, and a peer is answered. */
async function assertBonded(link: string): Promise<void> {
  await configured(link)
  await assertLegsInBond()
  await until(
    'the bond is where it belongs',
    () => masterOf('bond0') === (link === 'br0' ? 'br0' : undefined),
  )
  await assertAnswered()
}

/** A bond's own link-local address is made of the MAC that it had before its first leg came. */
const fixed = (link: string): string[] => hanging(link).filter((line) => !line.includes('fe80'))

async function assertBack(): Promise<void> {
  await assertSoon(() => fixed('bond0'), links)
  await assertSoon(() => describeEtc(world), files)
  await until('the bridge has gone', () => !existsSync('/sys/class/net/br0'))
  assert.ok(!existsSync(join(world.room.root, 'var/lib/weft/host/br0')))
}
