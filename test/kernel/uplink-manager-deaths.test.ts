/** weftd is killed at the steps of a bridge over a NIC that NetworkManager keeps, and of its way back; or nobody confirms, or the host goes down: it is as before, to the last flag. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import { describeEtc, keepDisk, makeKeeperWorld, reboot, type KeeperWorld } from '../support/keeper-world.ts'
import { MANAGER_CONF, managerConfigured, startManager, startManagerBus } from '../support/network-manager.ts'
import { serveLeases } from '../support/networkd.ts'
import { dieAtSteps, withoutNumbers, type Which } from '../support/uplink-deaths.ts'
import { goDownAtSteps, letTimeRunOut, silenceGateway } from '../support/uplink-ends.ts'
import { assertSoon, describeUplinks, end, NIC, whenAtRest } from '../support/uplink-world.ts'

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
dns=192.0.2.1;
dns-search=example.net;
route1=203.0.113.0/24,192.0.2.250
route2=0.0.0.0/0,192.0.2.250
route2_options=table=77
routing-rule1=priority 1000 from 192.0.2.10 table 77
routing-rule2=priority 1001 from 0.0.0.0/0 iif eth0 table 77

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

before(async () => {
  world = await makeKeeperWorld({ [FILE]: FIXED, 'etc/NetworkManager/NetworkManager.conf': MANAGER_CONF })
  bus = await startManagerBus(world)
})
after(async () => {
  world.real.close()
  await end(bus, 'SIGKILL')
})

// NetworkManager takes its time for each way back, and up to the guard a plan knows nothing of it: those steps are the same as with
// systemd-networkd, where every one has its turn. Here it is one before the guard, the guard itself, each file, the move, what
// NetworkManager is told, and what it is asked afterwards; with a lease, the three where it speaks to the server.
const DIFFERS =
  /with the MAC of eth0, so|a process of its own|NetworkManager makes|it plugs|made for br0|moves from|reads its files|takes the NIC|as it had/
for (const [name, text, steps] of [
  ['fixed addresses, routes and rules', FIXED, DIFFERS],
  ['an address from DHCP', LEASED, /moves from|reads its files|takes the NIC/],
] as const)
  describe(name, () => {
    let server: ChildProcess

    before(() => {
      server = serveLeases()
      writeFileSync(join(world.room.root, FILE), text)
      chmodSync(join(world.room.root, FILE), 0o600)
      restore = keepDisk(world)
    })
    after(async () => {
      await end(server, 'SIGTERM')
    })
    beforeEach(async () => {
      daemon = await startManager(world.room)
      await managerConfigured(NIC)
    })
    afterEach(async () => {
      await end(daemon, 'SIGKILL')
      reboot(world, ...(existsSync('/sys/class/net/br0') ? ['br0'] : []))
      restore()
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
  if (steps !== DIFFERS) return
  await letTimeRunOut(world, which, assertBack)
  await silenceGateway(world, which, assertBack)
  await goDownAtSteps(world, which, {
    isWanted: (reason) => /moves from|reads its files/.test(reason),
    stop: () => end(daemon, 'SIGKILL'),
    async start() {
      daemon = await startManager(world.room)
    },
    assertBack,
  })
}

async function assertLike(which: Which, link: string): Promise<(where: string) => Promise<void>> {
  await managerConfigured(link)
  const look = (): string[] => withoutNumbers(describeUplinks())
  const [seen, files] = [await whenAtRest(look), describeEtc(world)]
  return async (where) => {
    await managerConfigured(link)
    await assertSoon(look, seen, where)
    await assertSoon(() => describeEtc(world), files, where)
    const changes = readdirSync(join(world.room.root, 'var/lib/weft/host'))
    assert.deepEqual(changes, which === 'add' ? [] : ['br0'], where)
  }
}
