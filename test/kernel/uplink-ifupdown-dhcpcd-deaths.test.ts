/** weftd is killed at the steps of a bridge over a NIC that ifupdown keeps with a lease from dhcpcd, and of its way back; or nobody confirms: it is as before, to the last flag. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { addHostBridge, confirmHost } from '../../src/app/host-bridge.ts'
import { ifupAll } from '../support/dhclient.ts'
import { dhcpcd, dhcpcdRoom, putDhcpcdInReach } from '../support/dhcpcd.ts'
import { assertLeaseDeaths } from '../support/ifupdown-deaths.ts'
import { address, makeKeeperWorld, type KeeperWorld } from '../support/keeper-world.ts'
import { serveLeases } from '../support/networkd.ts'
import { run, until } from '../support/real-app.ts'
import { end, NIC } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
let world: KeeperWorld
let server: ChildProcess

before(async () => {
  world = await makeKeeperWorld(
    { 'etc/network/interfaces': 'auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n' },
    await dhcpcdRoom(),
  )
  server = serveLeases('--dhcp-option=6,192.0.2.1')
  putDhcpcdInReach(world)
  await ifupAll(world)
})
after(async () => {
  await stopClient()
  world.real.close()
  await end(server, 'SIGTERM')
})

/** What it says of name servers comes last. */
async function hasClient(link: string): Promise<void> {
  const resolver = join(world.room.root, 'etc/resolv.conf')
  await until(
    `dhcpcd looks after ${link}`,
    () =>
      dhcpcd(world, link) !== undefined &&
      address(link) !== 'none' &&
      existsSync(resolver) &&
      readFileSync(resolver, 'utf8').includes(`from ${link}.dhcp\n`) &&
      run('ip', 'addr', 'show', 'dev', link, 'tentative') === '',
  )
  const other = link === NIC ? 'br0' : NIC
  await until(`no client looks after ${other}`, () => dhcpcd(world, other) === undefined)
}

async function stopClient(): Promise<void> {
  for (const link of [NIC, 'br0']) {
    const pid = dhcpcd(world, link)
    if (pid === undefined) continue
    process.kill(pid, 'SIGTERM')
    await until('dhcpcd has ended', () => dhcpcd(world, link) === undefined)
  }
}

// Up to the guard nothing is other than with dhclient. After a boot its routes have another metric: the number that the link has then.
const all = { dies: /DHCP client|moves from|as usual|takes the NIC|as it had/, atRest: hasClient, stopClient }

test('while the bridge comes, the NIC has all it had, its client too', async () => {
  await assertLeaseDeaths(world, { ...all, which: 'add', link: NIC })
})

test('while it goes, the bridge has all it had, its client too', async () => {
  await addHostBridge(world.real.app, { bridge: 'br0', uplink: NIC, confirmWithin: 600 }, REQUEST)
  await confirmHost(world.real.app, REQUEST)
  await assertLeaseDeaths(world, { ...all, which: 'remove', link: 'br0' })
})
