/** weftd is killed at every step of a bridge over a NIC that ifupdown keeps with a lease, and of its way back; or nobody confirms, or the host goes down: it is as before, to the last flag. */
import type { ChildProcess } from 'node:child_process'
import { after, before, test } from 'node:test'
import { addHostBridge, confirmHost } from '../../src/app/host-bridge.ts'
import { atRest, client, hasNoClient, ifupAll, putClientInReach, stopClients } from '../support/dhclient.ts'
import { assertLeaseDeaths } from '../support/ifupdown-deaths.ts'
import { address, makeKeeperWorld, type KeeperWorld } from '../support/keeper-world.ts'
import { serveLeases } from '../support/networkd.ts'
import { until } from '../support/real-app.ts'
import { end, NIC } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const STEPS = { dies: /./, goesDown: /says the same of|DHCP client|moves from|takes the NIC/ }
let world: KeeperWorld
let server: ChildProcess

before(async () => {
  world = await makeKeeperWorld({
    'etc/network/interfaces': 'auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n',
    'etc/resolv.conf': 'nameserver 192.0.2.1\n',
  })
  server = serveLeases()
  putClientInReach(world)
  await ifupAll(world)
})
after(async () => {
  stopClients(world, NIC, 'br0')
  world.real.close()
  await end(server, 'SIGTERM')
})

async function hasClient(link: string): Promise<void> {
  await until(
    `a client looks after ${link}`,
    () => client(world, link) !== undefined && address(link) !== 'none',
  )
  await atRest(link)
  await hasNoClient(world, link === NIC ? 'br0' : NIC, 4)
}

const all = {
  ...STEPS,
  atRest: hasClient,
  stopClient() {
    stopClients(world, NIC, 'br0')
    return Promise.resolve()
  },
}

test('while the bridge comes, the NIC has all it had, its client too', async () => {
  await assertLeaseDeaths(world, { ...all, which: 'add', link: NIC })
})

test('while it goes, the bridge has all it had, its client too', async () => {
  await addHostBridge(world.real.app, { bridge: 'br0', uplink: NIC, confirmWithin: 600 }, REQUEST)
  await confirmHost(world.real.app, REQUEST)
  await assertLeaseDeaths(world, { ...all, which: 'remove', link: 'br0' })
})
