/** weftd is killed at the steps of a bridge over a NIC that systemd-networkd keeps, and of its way back; or nobody confirms, or the host goes down: it is as before, to the last flag. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import { describeEtc, makeKeeperWorld, reboot, type KeeperWorld } from '../support/keeper-world.ts'
import {
  networkdConfigured,
  serveLeases,
  startNetworkd,
  startNetworkdBus,
  stopNetworkd,
} from '../support/networkd.ts'
import { dieAtSteps, withoutNumbers, type Which } from '../support/uplink-deaths.ts'
import { goDownAtSteps, letTimeRunOut, silenceGateway } from '../support/uplink-ends.ts'
import { assertSoon, describeUplinks, end, NIC, whenAtRest } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: NIC, confirmWithin: 600 }
const FIXED = `# what an administrator wrote
[Match]
Name=en* eth*
[Network]
Address=192.0.2.10/24
Gateway=192.0.2.1
Address=2001:db8::10/64
IPv6AcceptRA=no
[Route]
Gateway=192.0.2.250
Table=77
[RoutingPolicyRule]
From=192.0.2.10
Table=77
Priority=1000
[RoutingPolicyRule]
IncomingInterface=eth0
Table=77
Priority=1001
`
const LEASED = '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\n'
const NETPLAN = `network:
  version: 2
  renderer: networkd
  ethernets:
    eth0:
      addresses: [192.0.2.10/24, "2001:db8::10/64"]
      accept-ra: false
      routes: [{to: default, via: 192.0.2.1}, {to: default, via: 192.0.2.250, table: 77}]
      routing-policy: [{from: 192.0.2.10, table: 77, priority: 1000}]
`
const FILE = 'etc/systemd/network/20-wired.network'
const YAML = 'etc/netplan/50-cloud-init.yaml'
let world: KeeperWorld
let bus: ChildProcess
let daemon: ChildProcess

before(async () => {
  const resolver = 'search example.net\nnameserver 192.0.2.1\n'
  world = await makeKeeperWorld({ 'etc/resolv.conf': resolver, [FILE]: FIXED, [YAML]: NETPLAN })
  bus = await startNetworkdBus(world)
})
after(async () => {
  world.real.close()
  await end(bus, 'SIGKILL')
})

// Every step once. With a lease, those where that matters: the last one of the files, the move, what the daemon is told, and what it is
// asked afterwards. netplan's generator has put its files elsewhere, and the daemon reads them when it is told.
const EVERY = /./
const MOVES = /moves from|reads its files/
const DIFFERS = /^it gives|\.network was made|moves from|reads its files|as it had/
for (const [name, file, text, steps] of [
  ['fixed addresses, routes and rules', FILE, FIXED, EVERY],
  ['an address from DHCP', FILE, LEASED, DIFFERS],
  ['fixed addresses, by netplan', YAML, NETPLAN, MOVES],
] as const)
  describe(name, () => {
    let server: ChildProcess

    before(() => {
      server = serveLeases()
      for (const each of [FILE, YAML]) rmSync(join(world.room.root, each), { force: true })
      writeFileSync(join(world.room.root, file), text)
      chmodSync(join(world.room.root, file), file === YAML ? 0o600 : 0o644)
    })
    after(async () => {
      await end(server, 'SIGTERM')
    })
    beforeEach(async () => {
      // At every boot, before the daemon begins.
      if (file === YAML) await world.room.run(['netplan', 'generate'])
      daemon = startNetworkd(world.room)
      await networkdConfigured(world, NIC)
    })
    afterEach(async () => {
      await stopNetworkd(daemon)
      reboot(world, ...(existsSync('/sys/class/net/br0') ? ['br0'] : []))
    })

    test('while the bridge comes, the NIC has all it had', async () => {
      await assertDeaths('add', NIC, steps)
    })

    test('while it goes, the bridge has all it had', async () => {
      await addHostBridge(world.real.app, ORDER, REQUEST)
      await confirmHost(world.real.app, REQUEST)
      await assertDeaths('remove', 'br0', steps)
      await removeHostBridge(world.real.app, 'br0', {}, REQUEST)
      await confirmHost(world.real.app, REQUEST)
    })
  })

async function assertDeaths(which: Which, link: string, steps: RegExp): Promise<void> {
  const isWanted = (reason: string): boolean => steps.test(reason)
  const assertBack = await assertLike(which, link)
  const deaths = await dieAtSteps(world.real, { which, isWanted, assertBack })
  console.log(`${String(deaths)} deaths`)
  // What ends it makes no difference to what is taken back.
  if (steps !== EVERY) return
  await letTimeRunOut(world, which, assertBack)
  await silenceGateway(world, which, assertBack)
  await goDownAtSteps(world, which, {
    isWanted: (reason) => DOWN.test(reason),
    stop: () => stopNetworkd(daemon),
    start() {
      daemon = startNetworkd(world.room)
      return Promise.resolve()
    },
    assertBack,
  })
}

/** The last of the files, the move, and what the daemon is told. */
const DOWN = /^it gives|br0\.network was made|moves from|reads its files/

async function assertLike(which: Which, link: string): Promise<(where: string) => Promise<void>> {
  await networkdConfigured(world, link)
  const look = (): string[] => withoutNumbers(describeHost())
  const [seen, files] = [await whenAtRest(look), describeEtc(world)]
  return async (where) => {
    await networkdConfigured(world, link)
    await assertSoon(look, seen, where)
    await assertSoon(() => describeEtc(world), files, where)
    const changes = readdirSync(join(world.room.root, 'var/lib/weft/host'))
    assert.deepEqual(changes, which === 'add' ? [] : ['br0'], where)
  }
}

/**
 * Whether a leased address has a metric for the route to its neighbours is systemd-networkd's own affair: the guard puts it back with the
 * one that it had, as `ip monitor address` shows, and some ms later the daemon, which has seen it go and come, says it again without.
 */
const describeHost = (): string[] =>
  describeUplinks().map((line) =>
    /"dynamic":true|"protocol":"kernel"/.test(line) ? line.replace('"metric":1024,', '') : line,
  )
