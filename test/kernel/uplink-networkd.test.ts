/** A bridge over a NIC that systemd-networkd keeps: the real one takes it over without a gap, makes it again after a reboot, and lets go of it. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import { WeftError } from '../../src/core/errors.ts'
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
  networkdConfigured,
  serveLeases,
  startNetworkd,
  startNetworkdBus,
  stopNetworkd,
} from '../support/networkd.ts'
import { run, until } from '../support/real-app.ts'
import { failAtSteps, loseGuard } from '../support/uplink-failures.ts'
import { assertNotCutOff, assertSoon, end, NIC, startPings, whenAtRest } from '../support/uplink-world.ts'

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
Destination=203.0.113.0/24
Gateway=192.0.2.250
`
const LEASED = '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\n'
/** As installers write it: networkd is what netplan has read it for. */
const NETPLAN = `network:
  version: 2
  renderer: networkd
  ethernets:
    eth0:
      addresses: [192.0.2.10/24, "2001:db8::10/64"]
      accept-ra: false
      routes:
        - {to: default, via: 192.0.2.1}
        - {to: 203.0.113.0/24, via: 192.0.2.250}
      nameservers: {addresses: [192.0.2.1]}
`
const FILE = 'etc/systemd/network/20-wired.network'
const RESOLVER = 'etc/resolv.conf'
const YAML = 'etc/netplan/50-cloud-init.yaml'
let world: KeeperWorld
let bus: ChildProcess
let daemon: ChildProcess
let restore: () => void
let files: string[]

before(async () => {
  world = await makeKeeperWorld({ [FILE]: FIXED })
  bus = await startNetworkdBus(world)
})
after(async () => {
  world.real.close()
  await end(bus, 'SIGKILL')
})

for (const [name, file, text] of [
  ['fixed addresses', FILE, FIXED],
  ['an address from DHCP', FILE, LEASED],
  ['fixed addresses, by netplan', YAML, NETPLAN],
] as const)
  describe(name, () => {
    let server: ChildProcess
    let links: string[]

    before(() => {
      server = serveLeases()
      for (const each of [FILE, YAML]) rmSync(join(world.room.root, each), { force: true })
      writeFileSync(join(world.room.root, file), text)
      chmodSync(join(world.room.root, file), file === YAML ? 0o600 : 0o644)
      files = describeEtc(world)
      restore = keepDisk(world)
    })
    after(async () => {
      await end(server, 'SIGTERM')
    })
    beforeEach(async () => {
      await boot()
      await configured(NIC)
      links = await whenAtRest(() => hanging(NIC))
    })
    afterEach(async () => {
      await stopNetworkd(daemon)
      reboot(world, ...(existsSync('/sys/class/net/br0') ? ['br0'] : []))
      restore()
    })

    test('it is taken over without a gap, made again after a reboot, and given back', async () => {
      const { app } = world.real
      const pings = await startPings(address(NIC))
      await addHostBridge(app, ORDER, REQUEST)
      await configured('br0')
      await assertSoon(() => hanging('br0'), links)
      await until('its NIC is enslaved', async () => /eth0 +ether +enslaved/.test(await networkctl()))
      assertNotCutOff(await pings.stop())
      await confirmHost(app, REQUEST)

      await stopNetworkd(daemon)
      reboot(world, 'br0')
      await boot()
      await configured('br0')
      await assertSoon(() => hanging('br0'), links)
      assert.match(run('ip', '-d', 'link', 'show', NIC), /master br0/)
      assert.match(
        run('ip', '-d', 'link', 'show', 'br0'),
        /52:54:00:12:34:56.*forward_delay 0 .*stp_state 0/s,
      )

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
      await stopNetworkd(daemon)
      reboot(world, 'br0')
      run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), 'boot')
      await boot()
      await configured(NIC)
      await assertBack()
    })

    test('whichever of its steps fails, or with its guard dead, links and files are as before', async () => {
      const isWanted = (reason: string): boolean =>
        /^it plugs|moves from|reads its files|as it had|answers on/.test(reason)
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
      await stopNetworkd(daemon)
      await assert.rejects(addHostBridge(world.real.app, ORDER, REQUEST), { code: 'command-failed' })
      await assertBack()
    })

    async function assertBack(): Promise<void> {
      await assertSoon(() => hanging(NIC), links)
      await assertSoon(() => describeEtc(world), files)
      await until('the bridge has gone', () => !existsSync('/sys/class/net/br0'))
      assert.ok(!existsSync(join(world.room.root, 'var/lib/weft/host/br0')))
    }
  })

describe('another address than the NIC has', () => {
  let server: ChildProcess
  let links: string[]

  before(() => {
    server = serveLeases()
    for (const each of [FILE, YAML]) rmSync(join(world.room.root, each), { force: true })
    writeFileSync(join(world.room.root, FILE), FIXED)
    writeFileSync(join(world.room.root, RESOLVER), 'search example.net\nnameserver 192.0.2.1\n')
    files = describeEtc(world)
    restore = keepDisk(world)
  })
  after(async () => {
    rmSync(join(world.room.root, RESOLVER))
    await end(server, 'SIGTERM')
  })
  beforeEach(async () => {
    await boot()
    await configured(NIC)
    links = await whenAtRest(() => hanging(NIC))
  })
  afterEach(async () => {
    await stopNetworkd(daemon)
    reboot(world, ...(existsSync('/sys/class/net/br0') ? ['br0'] : []))
    restore()
  })

  test('a fixed one: IPv6 stays, a route beyond the old network goes, name servers follow, and all of it comes back', async () => {
    const { app } = world.real
    run('ip', '-n', 'peer', 'address', 'add', '198.51.100.1/24', 'dev', 'far')
    const words = { address: ['198.51.100.7/24'], gateway: ['198.51.100.1'], dns: ['198.51.100.1'] }
    await addHostBridge(app, { ...ORDER, ...words }, REQUEST)
    await configured('br0')
    const onBridge = await whenAtRest(() => hanging('br0'))
    assert.match(onBridge.join('\n'), /default via 198\.51\.100\.1/)
    assert.match(onBridge.join('\n'), /2001:db8::10/)
    assert.doesNotMatch(onBridge.join('\n'), /192\.0\.2|203\.0\.113/)
    assert.equal(
      readFileSync(join(world.room.root, RESOLVER), 'utf8'),
      'search example.net\nnameserver 198.51.100.1\n',
    )
    run('busybox', 'ping', '-c1', '-W30', '198.51.100.1')
    await confirmHost(app, REQUEST)

    await stopNetworkd(daemon)
    reboot(world, 'br0')
    run('ip', '-n', 'peer', 'address', 'add', '198.51.100.1/24', 'dev', 'far')
    await boot()
    await configured('br0')
    await assertSoon(() => hanging('br0'), onBridge)

    await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
    await confirmHost(app, REQUEST)
    await configured(NIC)
    await assertSame()
  })

  test('one from DHCP, and back to the fixed one; unconfirmed as well', async () => {
    const { app } = world.real
    await addHostBridge(app, { ...ORDER, address: ['dhcp'] }, REQUEST)
    await configured('br0')
    assert.match(address('br0'), /^192\.0\.2\.[5-9]\d$/)
    assert.match(run('ip', 'route'), /default via 192\.0\.2\.1 dev br0/)
    run('sh', join(world.room.root, 'var/lib/weft/host/br0/guard.sh'), 'now')
    await configured(NIC)
    await assertSame()
    await addHostBridge(app, { ...ORDER, address: ['dhcp'] }, REQUEST)
    await confirmHost(app, REQUEST)
    await removeHostBridge(app, 'br0', { confirmWithin: 600 }, REQUEST)
    await confirmHost(app, REQUEST)
    await configured(NIC)
    await assertSame()
  })

  test('what does not work is taken back: an address somebody has, a gateway that is silent', async () => {
    const { app } = world.real
    for (const [words, why] of [
      [{ address: ['192.0.2.250/24'] }, /192\.0\.2\.250 is taken/],
      [{ address: ['192.0.2.20/24'], gateway: ['192.0.2.99'] }, /192\.0\.2\.99 does not answer on br0/],
    ] as const) {
      const error = await addHostBridge(app, { ...ORDER, ...words }, REQUEST).then(
        () => assert.fail('nobody noticed'),
        (reason: unknown) => reason,
      )
      assert.ok(error instanceof WeftError)
      assert.match(error.details.map(([, text]) => text).join('\n'), why)
      await configured(NIC)
      await assertSame()
    }
  })

  async function assertSame(): Promise<void> {
    await assertSoon(() => hanging(NIC), links)
    await assertSoon(() => describeEtc(world), files)
    await until('the bridge has gone', () => !existsSync('/sys/class/net/br0'))
    assert.ok(!existsSync(join(world.room.root, 'var/lib/weft/host/br0')))
  }
})

const configured = (link: string): Promise<void> => networkdConfigured(world, link)

/** netplan's generator runs before networkd does, at every boot: what it writes lies in /run. */
async function boot(): Promise<void> {
  if (existsSync(join(world.room.root, YAML))) await world.room.run(['netplan', 'generate'])
  daemon = startNetworkd(world.room)
}

const networkctl = (): Promise<string> => world.room.run(['networkctl', '--no-pager', 'list'])
