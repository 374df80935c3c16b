/** A bridge over a NIC that NetworkManager keeps: the real one takes it over, makes it again after a reboot, and lets go of it. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import {
  address,
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
import { failAtSteps, loseGuard } from '../support/uplink-failures.ts'
import { assertNotCutOff, assertSoon, end, NIC, startPings, whenAtRest } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: NIC, confirmWithin: 600 }
const HEAD = `# what an administrator wrote
[connection]
id=wired
uuid=11111111-2222-3333-4444-555555555555
type=ethernet
interface-name=eth0

`
const FIXED = `${HEAD}[ipv4]
method=manual
address1=192.0.2.10/24,192.0.2.1
route1=203.0.113.0/24,192.0.2.250

[ipv6]
method=manual
address1=2001:db8::10/64
addr-gen-mode=eui64
`
const LEASED = `${HEAD}[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=link-local\naddr-gen-mode=eui64\n`
const FILE = 'etc/NetworkManager/system-connections/wired.nmconnection'
let world: KeeperWorld
let bus: ChildProcess
let daemon: ChildProcess
let restore: () => void
let files: string[]

before(async () => {
  world = await makeKeeperWorld({ [FILE]: FIXED, 'etc/NetworkManager/NetworkManager.conf': MANAGER_CONF })
  bus = await startManagerBus(world)
})
after(async () => {
  world.real.close()
  await end(bus, 'SIGKILL')
})

for (const [name, text] of [
  ['fixed addresses', FIXED],
  ['an address from DHCP', LEASED],
] as const)
  describe(name, () => {
    let server: ChildProcess
    let links: string[]

    before(() => {
      server = serveLeases()
      writeFileSync(join(world.room.root, FILE), text, { mode: 0o600 })
      chmodSync(join(world.room.root, FILE), 0o600)
      files = describeEtc(world)
      restore = keepDisk(world)
    })
    after(async () => {
      await end(server, 'SIGTERM')
    })
    beforeEach(async () => {
      daemon = await startManager(world.room)
      await configured(NIC)
      links = await whenAtRest(() => hanging(NIC))
    })
    afterEach(async () => {
      await end(daemon, 'SIGKILL')
      reboot(world, ...(existsSync('/sys/class/net/br0') ? ['br0'] : []))
      restore()
    })

    test('it is taken over without a gap, made again after a reboot, and given back', async () => {
      const { app } = world.real
      const pings = await startPings(address(NIC))
      await addHostBridge(app, ORDER, REQUEST)
      await configured('br0')
      await assertSoon(() => hanging('br0'), links)
      const both = /br0 +connected +br0 *\n(.*\n)*eth0 +connected +br0-port/
      await until('both are connected', () =>
        both.test(run('nmcli', '-f', 'DEVICE,STATE,CONNECTION', 'device')),
      )
      assertNotCutOff(await pings.stop())
      await confirmHost(app, REQUEST)

      await end(daemon, 'SIGKILL')
      reboot(world, 'br0')
      daemon = await startManager(world.room)
      await configured('br0')
      await assertSoon(() => hanging('br0'), links)
      assert.match(run('ip', '-d', 'link', 'show', NIC), /master br0/)
      assert.match(run('ip', '-d', 'link', 'show', 'br0'), /52:54:00:12:34:56.*stp_state 0/s)

      const back = await startPings(address('br0'))
      await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
      await confirmHost(app, REQUEST)
      await configured(NIC)
      assertNotCutOff(await back.stop())
      await assertBack()
    })

    test('unconfirmed, it takes it back with its files', async () => {
      await addHostBridge(world.real.app, ORDER, REQUEST)
      await configured('br0')
      run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), 'now')
      await configured(NIC)
      await assertBack()
    })

    test('a reboot before anybody confirmed: it finds its files as they were', async () => {
      await addHostBridge(world.real.app, ORDER, REQUEST)
      await end(daemon, 'SIGKILL')
      reboot(world, 'br0')
      run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), 'boot')
      daemon = await startManager(world.room)
      await configured(NIC)
      await assertBack()
    })

    test('whichever of its steps fails, or with its guard dead, links and files are as before', async () => {
      const isWanted = (reason: string): boolean => /moves from|reads its files/.test(reason)
      await failAtSteps(world.real, ORDER, isWanted, async () => {
        await configured(NIC)
        await assertBack()
      })
      await addHostBridge(world.real.app, ORDER, REQUEST)
      await configured('br0')
      await loseGuard(world.real, 'br0')
      await configured(NIC)
      await assertBack()
    })

    test('when it does not answer, nothing has happened', async () => {
      await end(daemon, 'SIGKILL')
      await assert.rejects(addHostBridge(world.real.app, ORDER, REQUEST), { code: 'command-failed' })
      await assertBack()
    })

    test('another address: a fixed one, then one from DHCP; each time the NIC has again what it had', async () => {
      const { app } = world.real
      const fixed = { address: ['192.0.2.20/24'], gateway: ['192.0.2.1'], dns: ['192.0.2.1'] }
      await addHostBridge(app, { ...ORDER, ...fixed }, REQUEST)
      await configured('br0')
      assert.equal(address('br0'), '192.0.2.20')
      assert.match(
        run('nmcli', '-g', 'IP4.DNS,IP4.GATEWAY', 'device', 'show', 'br0'),
        /192\.0\.2\.1\n192\.0\.2\.1/,
      )
      await confirmHost(app, REQUEST)
      await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
      await confirmHost(app, REQUEST)
      await configured(NIC)
      // That one is NetworkManager's own.
      rmSync(join(world.room.root, 'etc/resolv.conf'), { force: true })
      await assertBack()
      await addHostBridge(app, { ...ORDER, address: ['dhcp'] }, REQUEST)
      await configured('br0')
      assert.match(address('br0'), /^192\.0\.2\.[5-9]\d$/)
      run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), 'now')
      await configured(NIC)
      rmSync(join(world.room.root, 'etc/resolv.conf'), { force: true })
      await assertBack()
    })

    async function assertBack(): Promise<void> {
      await assertSoon(() => hanging(NIC), links)
      await assertSoon(() => describeEtc(world), files)
      await until('the bridge has gone', () => !existsSync('/sys/class/net/br0'))
      assert.ok(!existsSync(join(world.room.root, 'var/lib/weft/host/br0')))
    }
  })
