/** weftd is killed at the steps of a bridge over a NIC that ifupdown keeps with a lease, or that gets one, and of its way back; or nobody confirms, or the host goes down: it is as before, to the last flag. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { addHostBridge, confirmHost } from '../../src/app/host-bridge.ts'
import type { AddressWords } from '../../src/core/host/uplink/wanted-address.ts'
import { assertLeaseDeaths } from '../support/ifupdown-deaths.ts'
import type { KeeperWorld } from '../support/keeper-world.ts'
import {
  bootWith,
  CLIENTS,
  hasNoClient,
  isLeased,
  makeLeaseWorld,
  removeLeaseWorld,
  startServer,
  stopClients,
  type LeaseClient,
} from '../support/lease-clients.ts'
import { end, NIC } from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: NIC, confirmWithin: 600 }

interface Row {
  readonly client: string
  readonly name: string
  readonly isFixed?: boolean
  readonly words?: AddressWords
  /** Of which there is a lease on the bridge. */
  readonly asks: readonly (4 | 6)[]
  readonly dies: RegExp
  readonly goesDown?: RegExp
}

// Every step once. Up to the guard nothing is other with other clients or addresses; after a boot dhcpcd's routes have another metric: the
// number that the link has then.
const ROWS: readonly Row[] = [
  {
    client: 'dhclient',
    name: 'a lease',
    asks: [4],
    dies: /./,
    goesDown: /says the same of|DHCP client|moves from|takes the NIC/,
  },
  {
    client: 'dhcpcd',
    name: 'a lease',
    asks: [4],
    dies: /DHCP client|moves from|as usual|takes the NIC|as it had/,
  },
  {
    client: 'dhclient',
    name: 'another address than the leased one',
    words: { address: ['192.0.2.20/24'], gateway: ['192.0.2.1'] },
    asks: [],
    dies: /DHCP client|moves from|takes the NIC/,
  },
  {
    client: 'dhclient of both families',
    name: 'a lease in place of a fixed address, and one of IPv6',
    isFixed: true,
    words: { address: ['dhcp'] },
    asks: [4, 6],
    dies: /DHCP client|moves from|takes the NIC|says what it said/,
  },
]

function clientOf(name: string): LeaseClient {
  const found = CLIENTS.find((each) => each.name === name)
  assert.ok(found, name)
  return found
}

for (const { client, name, isFixed = false, words, asks, dies, goesDown } of ROWS)
  describe(`${client}: ${name}`, () => {
    const each = clientOf(client)
    let world: KeeperWorld
    let server: ChildProcess

    before(async () => {
      world = await makeLeaseWorld(each)
      server = await startServer(each)
      await bootWith(world, each, { interfaces: isFixed ? each.fixed : each.interfaces })
    })
    after(async () => {
      await stopClients(world, each)
      removeLeaseWorld(world)
      await end(server, 'SIGTERM')
    })

    async function atRest(link: string): Promise<void> {
      const isNic = link === NIC
      await isLeased(world, each, link, isNic ? (isFixed ? each.stillLeased : each.families) : asks)
      await hasNoClient(world, each, isNic ? 'br0' : NIC)
    }

    const all = {
      dies,
      ...(goesDown === undefined ? {} : { goesDown }),
      ...(words === undefined ? {} : { words }),
      atRest,
      stopClient: () => stopClients(world, each),
    }

    test('while the bridge comes, the NIC has all it had, its client too', async () => {
      await assertLeaseDeaths(world, { ...all, which: 'add', link: NIC })
    })

    test('while it goes, the bridge has all it had, its client too', async () => {
      await addHostBridge(world.real.app, { ...ORDER, ...words }, REQUEST)
      await confirmHost(world.real.app, REQUEST)
      await assertLeaseDeaths(world, { ...all, which: 'remove', link: 'br0' })
    })
  })
