/** weftd dies, the time runs out, the gateway is silent or the host goes down while a NIC that ifupdown keeps with a lease goes under a bridge, or comes out. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressWords } from '../../src/core/host/uplink/wanted-address.ts'
import { ifupAll } from './dhclient.ts'
import { describeEtc, type KeeperWorld } from './keeper-world.ts'
import { dieAtSteps, withoutNumbers, type Which } from './uplink-deaths.ts'
import { goDownAtSteps, letTimeRunOut, silenceGateway } from './uplink-ends.ts'
import { assertSoon, describeUplinks, whenAtRest } from './uplink-world.ts'

export interface LeaseDeaths {
  readonly which: Which
  /** Where the host is before, and afterwards. */
  readonly link: string
  /** Picks steps by their reasons: there weftd dies, and there the host goes down. */
  readonly dies: RegExp
  readonly goesDown?: RegExp
  /** With another address only the deaths differ: what else ends it is taken back in the same way. */
  readonly words?: AddressWords
  /** Waits until the client looks after the link and nothing comes by itself any more. */
  readonly atRest: (link: string) => Promise<void>
  /** Ends it, as the end of the host does. */
  readonly stopClient: () => Promise<void>
}

/** In the end all is as it was: links, addresses, routes, settings, ifupdown's files and notes, and who looks after the link. */
export async function assertLeaseDeaths(world: KeeperWorld, deaths: LeaseDeaths): Promise<void> {
  const { which, dies, goesDown, words, stopClient } = deaths
  const assertBack = await assertLike(world, deaths)
  const died = await dieAtSteps(world.real, {
    which,
    ...(words === undefined ? {} : { words }),
    isWanted: (reason) => dies.test(reason),
    assertBack,
  })
  console.log(`${String(died)} deaths`)
  if (words !== undefined) return
  await letTimeRunOut(world, which, assertBack)
  await silenceGateway(world, which, assertBack)
  if (goesDown === undefined) return
  await goDownAtSteps(world, which, {
    isWanted: (reason) => goesDown.test(reason),
    stop: stopClient,
    start: () => ifupAll(world),
    assertBack,
  })
}

async function assertLike(
  world: KeeperWorld,
  { which, link, atRest }: LeaseDeaths,
): Promise<(where: string) => Promise<void>> {
  const { root } = world.room
  const state = (): string => readFileSync(join(root, 'run/network/ifstate'), 'utf8')
  await atRest(link)
  const look = (): string[] => withoutNumbers(describeUplinks())
  const [seen, files, up] = [await whenAtRest(look), describeEtc(world), state()]
  return async (where) => {
    await atRest(link)
    await assertSoon(look, seen, where)
    await assertSoon(() => describeEtc(world), files, where)
    assert.equal(state(), up, where)
    if (which === 'add') assert.ok(!existsSync('/sys/class/net/br0'), where)
    const changes = readdirSync(join(root, 'var/lib/weft/host'))
    assert.deepEqual(changes, which === 'add' ? [] : ['br0'], where)
  }
}
