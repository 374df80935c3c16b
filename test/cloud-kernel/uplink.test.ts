/** Bonds and VLANs as the host's way out, on a kernel that has them: the host moves to a bridge over one and back, and nothing is left behind. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import type { App } from '../../src/app/ports.ts'
import { WeftError } from '../../src/core/errors.ts'
import { layLegs, LEGS } from '../support/bond-legs.ts'
import { canPing, makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'
import { openConnection } from '../support/uplink-connection.ts'
import {
  assertHangs,
  assertSoon,
  describeHanging,
  describeUplinks,
  makeUplinkWorld,
  PEER,
  removeUplinkWorld,
  type Uplink,
  whenAtRest,
} from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ADDRESSES = ['192.0.2.10', '192.0.2.11', '2001:db8::10']

/** The peer has its ends in one switch. */
const BOND: Uplink = {
  name: 'bond0',
  lay: [
    `link add bond0 type bond mode active-backup miimon 20`,
    ...layLegs('far'),
    ...LEGS.map((leg) => `link set ${leg} master bond0`),
    'link set bond0 type bond primary leg0',
  ],
}
/** Beside it, on the same cable, the host has an address without a tag. */
const VLAN: Uplink = {
  name: 'eth0.10',
  lay: [
    `link add eth0 type veth peer name trunk netns ${PEER}`,
    'link add link eth0 name eth0.10 type vlan id 10',
    `-n ${PEER} link add link trunk name far type vlan id 10`,
    'address add 10.254.0.2/30 dev eth0',
    'link set eth0 up',
    `-n ${PEER} address add 10.254.0.1/30 dev trunk`,
    `-n ${PEER} link set trunk up`,
  ],
}

for (const { uplink, links, assertReached } of [
  { uplink: BOND, links: ['bond0', ...LEGS], assertReached: reachedByBothLegs },
  { uplink: VLAN, links: ['eth0.10', 'eth0'], assertReached: reachedWithAndWithoutTag },
])
  describe(uplink.name, () => {
    const order = { bridge: 'br0', uplink: uplink.name, confirmWithin: 600 }
    let real: RealApp
    let stopped: string[]

    before(async () => {
      real = openRealApp(makeRoot())
      makeUplinkWorld({ isLeased: false, uplink })
      await until('IPv6 is at rest', () =>
        run('ip', 'addr', 'show', 'dev', uplink.name, 'scope', 'link', '-tentative').includes('fe80'),
      )
      for (const gateway of ['192.0.2.1', '2001:db8::1'])
        await until(`${gateway} answers`, () => canPing(PEER, '192.0.2.10') && answers(gateway))
      stopped = await whenAtRest(describeUplinks)
    })
    after(() => {
      real.close()
      removeRoot(real.root)
      removeUplinkWorld(['br0', ...links])
    })
    const assertBack = async (): Promise<void> => {
      await assertSoon(describeUplinks, stopped)
      assert.ok(!existsSync(`${real.root}/var/lib/weft/host/br0`))
    }

    test('there and back: everything comes along, connections stay, and the host is reached as before', async () => {
      const hanging = describeHanging(uplink.name)
      assert.ok(hanging.length > 25, hanging.join('\n'))
      const connections = await Promise.all(ADDRESSES.map(openConnection))
      await addHostBridge(real.app, order, REQUEST)
      await confirmHost(real.app, REQUEST)
      await assertHangs('br0', hanging)
      assert.match(run('ip', 'link', 'show', uplink.name), /master br0/)
      for (const each of connections) assert.equal(await each.ask('there?'), 'there?')
      await assertReached()

      await removeHostBridge(real.app, 'br0', { confirmWithin: 600 }, REQUEST)
      await confirmHost(real.app, REQUEST)
      for (const each of connections) {
        assert.equal(await each.ask('and back?'), 'and back?')
        each.close()
      }
      await assertBack()
    })

    test('the last gateway is not reached after the move: all is as before to the last flag', async () => {
      const perform: App['host']['perform'] = async (action) => {
        const isProbe = action.kind === 'run' && action.argv.includes('probe')
        if (isProbe && action.argv.includes('2001:db8::1'))
          throw new WeftError('command-failed', 'told to fail')
        await real.app.host.perform(action)
      }
      const app = { ...real.app, host: { ...real.app.host, perform } }
      await assert.rejects(addHostBridge(app, order, REQUEST), { code: 'command-failed' })
      await assertBack()
    })

    test('nobody confirms: the guard takes it back by itself', async () => {
      // On a slow machine its time may be over before the last gateway was asked; the end is the same.
      await addHostBridge(real.app, { ...order, confirmWithin: 10 }, REQUEST).catch(() => undefined)
      await until('it is taken back', () => !existsSync(`${real.root}/var/lib/weft/host/br0`))
      await assertBack()
    })
  })

/** The one whose other end is pulled out of the switch is not used. */
async function reachedByBothLegs(): Promise<void> {
  const [first, second] = LEGS
  run('ip', '-n', PEER, 'link', 'set', `far-${first}`, 'down')
  await until(`${second} is in use`, () => activeLeg() === second)
  await reachedByAll()
  run('ip', '-n', PEER, 'link', 'set', `far-${first}`, 'up')
  await until(`${first} is in use again`, () => activeLeg() === first)
  await reachedByAll()
}

const activeLeg = (): string => readFileSync('/sys/class/net/bond0/bonding/active_slave', 'utf8').trim()

async function reachedWithAndWithoutTag(): Promise<void> {
  await reachedByAll()
  await until('the address without a tag answers', () => canPing(PEER, '10.254.0.2'))
}

async function reachedByAll(): Promise<void> {
  for (const address of ADDRESSES) await until(`${address} answers`, () => canPing(PEER, address))
}

function answers(gateway: string): boolean {
  try {
    run('busybox', 'ping', '-c1', '-W5', gateway)
    return true
  } catch {
    return false
  }
}
