/** Beside firewalls of others, with real packets: guests have what they have without them, and the others' rules are theirs again afterwards. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { defineNetwork, startNetwork, stopNetwork } from '../../src/app/networks.ts'
import { unpublish } from '../../src/app/publish.ts'
import { repairNetworks } from '../../src/app/repair.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import {
  iptables,
  restartDocker,
  savedRules,
  startDocker,
  stopDocker,
  type Backend,
  type DockerAge,
} from '../support/docker-like.ts'
import {
  BY,
  callAll,
  closePublishWorld,
  FAR,
  openPublishWorld,
  OUTSIDE,
  publishPorts,
  SERVED,
  UPLINK,
} from '../support/publish-world.ts'
import { run } from '../support/real-app.ts'
import type { World } from '../support/reach-world.ts'
import { HOST } from '../support/witnesses.ts'

let world: World

before(async () => {
  world = await openPublishWorld()
  run('ip', '-n', OUTSIDE, 'route', 'add', '10.9.3.0/24', 'via', UPLINK.v4)
  const passing = await readNetworkDefinition('name: passing\naddress: 10.9.8.1/24\n')
  await defineNetwork(world.real.app, passing, BY)
})

after(() => closePublishWorld(world))

/** Out of the network, into it where something is published, and nowhere else: who asks, where, and the port. */
const WAYS: Readonly<Record<string, readonly [string, string, number]>> = {
  'a guest, outside': ['web', FAR.v4, SERVED],
  'a routed guest, outside': ['routed', FAR.v4, SERVED],
  'a routed guest from outside': [OUTSIDE, '10.9.3.15', SERVED],
  'published, from outside': [OUTSIDE, UPLINK.v4, 8080],
  'published, from this host': [HOST, UPLINK.v4, 8080],
  'published, from a sibling': ['sibling', UPLINK.v4, 8080],
  'published, from the guest itself': ['web', UPLINK.v4, 8080],
  'published, from another network': ['stranger', UPLINK.v4, 8080],
  'not published': [OUTSIDE, UPLINK.v4, 8081],
}
const everyWay = (): Promise<Record<string, string>> => callAll(world, WAYS)

/** As without neighbours. */
let free: Record<string, string>

describe('Docker', () => {
  before(async () => {
    await publishPorts(world, 'web', `8080:${String(SERVED)}`)
    free = await everyWay()
  })
  after(() => unpublish(world.real.app, 'web', [], BY))

  for (const backend of ['nft', 'legacy'] as const)
    for (const age of ['before 28', 'since 28'] as const)
      test(`${age}, by iptables-${backend}: as without it, also after it started anew, and nothing is left in it`, async () => {
        await besideDocker(age, backend)
      })
})

/** As weftd does when it hears of it; without its patience, which is for those who take rules away again and again. */
async function repair(): Promise<void> {
  world.real.app.repairs.forget('')
  await repairNetworks(world.real.app)
}

const withoutWeft = (rules: string): string => rules.replace(/^.*"weft: \w+".*\n/gm, '')

async function besideDocker(age: DockerAge, backend: Backend): Promise<void> {
  const { app } = world.real
  startDocker(age, backend)
  try {
    const own = savedRules(backend)
    assert.equal((await everyWay())['a guest, outside'], 'drop', 'it is in the way')
    await repair()
    assert.deepEqual(await everyWay(), free)
    assert.match(savedRules(backend), /-A DOCKER-USER -i virbr0 -o outside .*"weft: lab" -j ACCEPT/)
    for (const flushed of [false, true]) {
      restartDocker(age, backend, flushed)
      await repair()
      assert.deepEqual(await everyWay(), free, `restarted${flushed ? ', flushed' : ''}`)
    }
    iptables(backend, '-I DOCKER-USER -o virbr0 -s 192.0.2.2 -j DROP')
    assert.equal((await everyWay())['published, from outside'], 'drop', "an administrator's own no holds")
    iptables(backend, '-D DOCKER-USER -o virbr0 -s 192.0.2.2 -j DROP')
    assert.equal(withoutWeft(savedRules(backend)), own, 'besides what is marked, every rule is as it was')
    const between = savedRules(backend)
    await startNetwork(app, 'passing', BY)
    assert.match(savedRules(backend), /-A DOCKER-USER -i \S+ -o outside .*"weft: passing" -j ACCEPT/)
    await stopNetwork(app, 'passing', BY)
    assert.equal(savedRules(backend), between)
  } finally {
    stopDocker(backend)
    await repair()
  }
}
