/** A bridge over a NIC that ifupdown keeps with a leased address, or that gets one: the DHCP client looks after the bridge, and after the NIC again. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge, type BridgeOrder } from '../../src/app/host-bridge.ts'
import {
  bootWith,
  CLIENTS,
  hasNoClient,
  isLeased,
  LASTING6,
  LEASED6,
  makeLeaseWorld,
  removeLeaseWorld,
  resolver,
  startServer,
  stopClients,
} from '../support/lease-clients.ts'
import { address, describeEtc, hanging, type KeeperWorld } from '../support/keeper-world.ts'
import { run, until } from '../support/real-app.ts'
import { failAtSteps } from '../support/uplink-failures.ts'
import { assertNotCutOff, assertSoon, end, NIC, startPings, whenAtRest } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: NIC, confirmWithin: 600 }
const OTHER = { ...ORDER, address: ['192.0.2.20/24'], gateway: ['192.0.2.1'] }
const OTHER6 = { ...ORDER, address: ['2001:db8::20/64'], gateway: ['2001:db8::1'] }
const CONCERNED = /client|is there|moves/

for (const each of CLIENTS)
  describe(each.name, () => {
    const isDhcpcd = each.name === 'dhcpcd'
    const has6 = each.families.includes(6)
    let world: KeeperWorld
    let server: ChildProcess
    let files: string[]
    let links: string[]
    /** Of the NIC. */
    let asks = each.families

    before(async () => {
      world = await makeLeaseWorld(each)
      server = await startServer(each)
      await boot(each.interfaces)
    })
    after(async () => {
      await stopClients(world, each)
      removeLeaseWorld(world)
      await end(server, 'SIGTERM')
    })

    async function boot(interfaces: string): Promise<void> {
      await bootWith(world, each, { interfaces })
      asks = interfaces === each.fixed ? each.stillLeased : each.families
      links = await whenAtRest(() => hanging(NIC))
      files = describeEtc(world)
    }

    async function assertBack(): Promise<void> {
      await isLeased(world, each, NIC, asks)
      await assertSoon(() => hanging(NIC), links)
      await assertSoon(() => describeEtc(world), files)
      await hasNoClient(world, each, 'br0')
      await hasNoClient(
        world,
        each,
        NIC,
        ([4, 6] as const).filter((family) => !asks.includes(family) && !isDhcpcd),
      )
      assert.ok(!existsSync('/sys/class/net/br0'))
    }

    const add = async (order: BridgeOrder): Promise<unknown> =>
      await addHostBridge(world.real.app, order, REQUEST)
    const confirm = async (): Promise<unknown> => await confirmHost(world.real.app, REQUEST)
    const remove = async (): Promise<unknown> =>
      await removeHostBridge(world.real.app, 'br0', { confirmWithin: 600 }, REQUEST)
    const guard = (change: string): string =>
      run('sh', join(world.room.root, 'var/lib/weft/host', change, 'guard.sh'), 'now')

    test('it goes along, with its lease and nobody cut off; after a reboot ifup starts it so', async () => {
      const own = address(NIC)
      const pings = await startPings(own)
      await add(ORDER)
      await isLeased(world, each, 'br0')
      await hasNoClient(world, each, NIC)
      await assertSoon(() => hanging('br0'), links)
      assertNotCutOff(await pings.stop())
      await confirm()
      if (!isDhcpcd) await until('the lease has been asked for by the bridge', () => hasAskedFor(own))

      await bootWith(world, each, { link: 'br0' })
      assert.equal(address('br0'), own)
      await assertSoon(() => hanging('br0'), links)
    })

    function hasAskedFor(own: string): boolean {
      const said = (name: string): string =>
        readFileSync(join(world.room.root, `var/lib/dhcp/${name}.br0.leases`), 'utf8')
      const own6 = LEASED6.exec(links.join('\n'))?.[1] ?? ''
      const asked6 = !has6 || (said('dhclient6').includes('"br0"') && said('dhclient6').includes(own6))
      return said('dhclient').includes(own) && asked6
    }

    test('removed, it is on the NIC again', async () => {
      const pings = await startPings(address('br0'))
      await remove()
      await confirm()
      assertNotCutOff(await pings.stop())
      await assertBack()
    })

    test('unconfirmed, the guard takes it back too', async () => {
      await add(ORDER)
      await isLeased(world, each, 'br0')
      guard('br0')
      await assertBack()
    })

    test('whichever step fails once it is concerned, it is on the NIC as before', async () => {
      await failAtSteps(world.real, ORDER, (reason) => CONCERNED.test(reason), assertBack)
    })

    if (isDhcpcd) {
      test('one that would take its addresses along when it ends is refused, with what to do', async () => {
        const path = join(world.room.root, 'etc/dhcpcd.conf')
        const settings = readFileSync(path, 'utf8')
        writeFileSync(path, settings.replace(/^persistent$/m, ''))
        await assert.rejects(add(ORDER), {
          code: 'unsupported',
          hint: 'echo persistent >>/etc/dhcpcd.conf; ifdown eth0; ifup eth0',
        })
        writeFileSync(path, settings)
        await assertBack()
      })
      test('one that looks after both families is no match for another address; with one, it can be', async () => {
        const because = `dhcpcd looks after IPv4 and IPv6 of 'eth0' at once, and only one of them gets another address`
        await assert.rejects(add(OTHER), { code: 'unsupported', details: [['because', because]] })
        const path = join(world.room.root, 'etc/dhcpcd.conf')
        writeFileSync(path, `${readFileSync(path, 'utf8')}noipv6\n`)
        await boot(each.interfaces)
      })
    }
    if (has6)
      test('name servers are the affair of a client that goes along', async () => {
        // `--address` is for one of a family.
        await boot(each.interfaces.replace(LASTING6, ''))
        await assert.rejects(add({ ...OTHER6, dns: ['2001:db8::1'] }), { code: 'unsupported' })
      })

    test('another address: the client of that family ends; unconfirmed or removed, it is on the NIC', async () => {
      const stays = has6 ? ([4] as const) : []
      const order = has6 ? OTHER6 : isDhcpcd ? OTHER : { ...OTHER, dns: ['192.0.2.1'] }
      await add(order)
      await isLeased(world, each, 'br0', stays)
      await hasNoClient(world, each, NIC)
      await hasNoClient(world, each, 'br0', [has6 ? 6 : 4])
      assert.match(hanging('br0').join('\n'), has6 ? /2001:db8::20\/64/ : /192\.0\.2\.20\/24/)
      if (has6) assert.doesNotMatch(hanging('br0').join('\n'), LEASED6)
      guard('br0')
      await assertBack()
      await add(order)
      await confirm()
      await remove()
      await confirm()
      await assertBack()
    })

    if (!isDhcpcd && !has6)
      test('another address lasts: no client after a reboot; a removal that is taken back starts none', async () => {
        await add({ ...OTHER, dns: ['192.0.2.1'] })
        await confirm()
        const lasting = (): string[] => hanging('br0').filter((line) => !line.includes('fe80'))
        const own = await whenAtRest(lasting)
        assert.match(own.join('\n'), /^default via 192\.0\.2\.1.*\n.*192\.0\.2\.20\/24 /)
        assert.match(resolver(world), /^(?!.*250)nameserver 192\.0\.2\.1\n$/)
        await bootWith(world, { ...each, families: [] }, { link: 'br0' })
        const ownAgain = await whenAtRest(lasting)
        assert.deepEqual(
          ownAgain.map((line) => line.replace(' onlink', '')),
          own,
        )
        for (const link of [NIC, 'br0']) await hasNoClient(world, each, link)

        await remove()
        await isLeased(world, each, NIC)
        guard('br0:remove')
        await isLeased(world, each, 'br0', [])
        await assertSoon(lasting, ownAgain)
        await hasNoClient(world, each, NIC)
        assert.equal(address(NIC), 'none')

        await remove()
        await confirm()
        await assertBack()
      })

    describe('a lease in place of a fixed address', () => {
      const order = { ...ORDER, address: ['dhcp'] }

      before(async () => {
        await end(server, 'SIGTERM')
        server = await startServer(each, '--dhcp-option=6,192.0.2.1')
        writeFileSync(join(world.room.root, 'etc/resolv.conf'), 'nameserver 192.0.2.250\n')
        await boot(each.fixed)
      })

      async function isOnBridge(): Promise<void> {
        await isLeased(world, each, 'br0', [4, ...asks])
        await until('the host asks whom the server names', () => resolver(world).includes('192.0.2.1\n'))
      }

      test('the client that ifupdown would start asks for it, and for the bridge only', async () => {
        await add(order)
        await isOnBridge()
        assert.match(address('br0'), /^192\.0\.2\.[5-9]\d$/)
        await hasNoClient(world, each, NIC)
        guard('br0')
        await assertBack()
      })

      test('whichever step fails once it is concerned, all is as before', async () => {
        await failAtSteps(world.real, order, (reason) => /client|gives|moves/.test(reason), assertBack)
      })

      test('after a reboot ifup starts it; removed, the NIC has its address; and that is taken back too', async () => {
        await add(order)
        await confirm()
        await bootWith(world, { ...each, families: [4, ...asks] }, { link: 'br0' })
        await isOnBridge()
        const leased = await whenAtRest(() => hanging('br0'))
        await remove()
        guard('br0:remove')
        await isOnBridge()
        await assertSoon(() => hanging('br0'), leased)
        await remove()
        await confirm()
        await assertBack()
      })
    })
  })
