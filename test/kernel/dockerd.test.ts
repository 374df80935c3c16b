/** Beside Docker's own daemon: guests have what they have without it, whoever comes first and whenever it starts anew. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { listNeighbours } from '../../src/app/neighbours.ts'
import { startNetwork, stopNetwork } from '../../src/app/networks.ts'
import { repairNetworks } from '../../src/app/repair.ts'
import { openDocker, type Docker } from '../support/docker-room.ts'
import { iptables, savedRules } from '../support/docker-like.ts'
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
import type { World } from '../support/reach-world.ts'
import { HOST } from '../support/witnesses.ts'

let world: World
let docker: Docker
/** As without Docker. */
let free: Record<string, string>

before(async () => {
  docker = await openDocker()
  world = await openPublishWorld()
  await publishPorts(world, 'web', `8080:${String(SERVED)}`)
  free = await everyWay()
})

after(async () => {
  await docker.stop()
  await closePublishWorld(world)
})

const WAYS: Readonly<Record<string, readonly [string, string, number]>> = {
  'a guest, outside': ['web', FAR.v4, SERVED],
  'a guest, outside by IPv6': ['web', FAR.v6, SERVED],
  'published, from outside': [OUTSIDE, UPLINK.v4, 8080],
  'published, from outside by IPv6': [OUTSIDE, UPLINK.v6, 8080],
  'published, from this host': [HOST, UPLINK.v4, 8080],
  'published, from a sibling': ['sibling', UPLINK.v4, 8080],
  'published, from the guest itself': ['web', UPLINK.v4, 8080],
  'published, from another network': ['stranger', UPLINK.v4, 8080],
  'not published': [OUTSIDE, UPLINK.v4, 8081],
}
const everyWay = (): Promise<Record<string, string>> => callAll(world, WAYS)

/** As weftd does when it hears of new rules. */
async function repair(): Promise<void> {
  world.real.app.repairs.forget('')
  await repairNetworks(world.real.app)
}

const own = (rules: string): string => rules.replace(/^.*"weft: \w+".*\n/gm, '')

test('networks first, then Docker: it drops nothing where packets were forwarded before, and nothing is asked of it', async () => {
  assert.match(free['published, from outside'] ?? '', / saw /)
  await docker.start()
  assert.match(savedRules('nft'), /^:FORWARD ACCEPT/m)
  assert.deepEqual(await everyWay(), free)
  const before = savedRules('nft')
  await repair()
  assert.equal(savedRules('nft'), before)
  assert.match(before, /-A FORWARD -j DOCKER-USER/)
})

test('Docker first, as after a boot: it is in the way, is asked, and lets guests through', async () => {
  await docker.stop()
  for (const each of ['-F', '-X']) iptables('nft', each)
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '0')
  await docker.start()
  assert.match(savedRules('nft'), /^:FORWARD DROP/m)
  assert.doesNotMatch((await everyWay())['a guest, outside'] ?? '', / saw /)
  const { stopped } = await listNeighbours(world.real.app)
  assert.deepEqual([...new Set(stopped.map(({ owner }) => owner))], ['Docker'])
  await repair()
  assert.deepEqual(await everyWay(), free)
  assert.match(savedRules('nft'), /-A DOCKER-USER -i virbr0 -o outside .*"weft: lab" -j ACCEPT/)
  assert.deepEqual((await listNeighbours(world.real.app)).stopped, [])
})

test('what was asked outlasts a restart of Docker, before anybody asks anew', async () => {
  const before = savedRules('nft')
  await docker.stop()
  await docker.start()
  assert.deepEqual(await everyWay(), free)
  await repair()
  assert.equal(savedRules('nft'), before)
})

test('a network of Docker comes and goes, and guests do not notice', async () => {
  const before = savedRules('nft')
  await docker.ask('network', 'create', '--subnet', '172.30.0.0/24', 'app')
  assert.notEqual(savedRules('nft'), before)
  await repair()
  assert.deepEqual(await everyWay(), free)
  await docker.ask('network', 'rm', 'app')
  await repair()
  assert.equal(savedRules('nft'), before)
})

test('a network that stops and starts: asked with its start, and taken back with its stop', async () => {
  const { app } = world.real
  const before = savedRules('nft')
  await stopNetwork(app, 'other', { ...BY, force: true })
  assert.doesNotMatch(savedRules('nft'), /"weft: other"/)
  assert.match(savedRules('nft'), /"weft: lab"/)
  await startNetwork(app, 'other', BY)
  assert.deepEqual(savedRules('nft').split('\n').sort(), before.split('\n').sort())
})

test('of its own rules none has changed', async () => {
  const { app } = world.real
  const before = own(savedRules('nft'))
  for (const name of ['lab', 'other', 'routed']) await stopNetwork(app, name, { ...BY, force: true })
  assert.equal(savedRules('nft'), before)
})
