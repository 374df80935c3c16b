/** A bridge over a NIC that NetworkManager keeps because netplan has written it so: the profile lies under /run, and comes anew at every boot. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import {
  describeEtc,
  hanging,
  keepDisk,
  makeKeeperWorld,
  reboot,
  type KeeperWorld,
} from '../support/keeper-world.ts'
import {
  MANAGER_CONF,
  managerConfigured as configured,
  startManager,
  startManagerBus,
} from '../support/network-manager.ts'
import { serveLeases } from '../support/networkd.ts'
import { run, until } from '../support/real-app.ts'
import { assertSoon, end, NIC, whenAtRest } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: NIC, confirmWithin: 600 }
const YAML = 'etc/netplan/01-network-manager-all.yaml'
/** As desktops have it. */
const HEAD = 'network:\n  version: 2\n  renderer: NetworkManager\n  ethernets:\n    eth0:\n'
const LEASED = `${HEAD}      dhcp4: true\n`
const FIXED = `${HEAD}      addresses: [192.0.2.10/24, "2001:db8::10/64"]
      accept-ra: false
      routes:
        - {to: default, via: 192.0.2.1}
        - {to: 203.0.113.0/24, via: 192.0.2.250}
`
let world: KeeperWorld
let bus: ChildProcess
let daemon: ChildProcess
let restore: () => void
let files: string[]
let links: string[]

before(async () => {
  world = await makeKeeperWorld({ [YAML]: FIXED, 'etc/NetworkManager/NetworkManager.conf': MANAGER_CONF })
  bus = await startManagerBus(world)
})
after(async () => {
  world.real.close()
  await end(bus, 'SIGKILL')
})
/** netplan's generator runs before everybody else. */
async function boot(): Promise<void> {
  await world.room.run(['netplan', 'generate'])
  daemon = await startManager(world.room)
}

async function assertBack(): Promise<void> {
  await assertSoon(() => hanging(NIC), links)
  await assertSoon(() => describeEtc(world), files)
  await until('the bridge has gone', () => !existsSync('/sys/class/net/br0'))
}

for (const [name, text] of [
  ['fixed addresses', FIXED],
  ['an address from DHCP', LEASED],
] as const)
  describe(name, () => {
    let server: ChildProcess

    before(() => {
      server = serveLeases()
      writeFileSync(join(world.room.root, YAML), text)
      chmodSync(join(world.room.root, YAML), 0o600)
      files = describeEtc(world)
      restore = keepDisk(world)
    })
    after(() => end(server, 'SIGTERM'))
    beforeEach(async () => {
      await boot()
      await configured(NIC)
      links = await whenAtRest(() => hanging(NIC))
    })
    afterEach(async () => {
      await end(daemon, 'SIGKILL')
      reboot(world, ...(existsSync('/sys/class/net/br0') ? ['br0'] : []))
      restore()
    })

    test('it is taken over, made again after a reboot, and given back', async () => {
      const { app } = world.real
      await addHostBridge(app, ORDER, REQUEST)
      await configured('br0')
      await assertSoon(() => hanging('br0'), links)
      await confirmHost(app, REQUEST)

      await end(daemon, 'SIGKILL')
      reboot(world, 'br0')
      await boot()
      await configured('br0')
      await assertSoon(() => hanging('br0'), links)
      assert.match(run('ip', '-d', 'link', 'show', NIC), /master br0/)

      await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
      await confirmHost(app, REQUEST)
      await configured(NIC)
      await assertBack()
    })

    test('unconfirmed, it takes it back with its files', async () => {
      await addHostBridge(world.real.app, ORDER, REQUEST)
      await configured('br0')
      run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), 'now')
      await configured(NIC)
      await assertBack()
    })
  })
