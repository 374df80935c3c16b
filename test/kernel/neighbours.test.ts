/** Beside firewalls of others, with real packets: guests have what they have without them, and the others' rules are theirs again afterwards. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { listNeighbours } from '../../src/app/neighbours.ts'
import { defineNetwork, startNetwork, stopNetwork } from '../../src/app/networks.ts'
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
import { neighbourLeftoverSteps } from '../../src/core/network/neighbours/plan-neighbours.ts'
import { lookAtNetworks } from '../../src/app/live-network.ts'
import {
  openNeighbours,
  startFirewalld,
  type Firewalld,
  type Neighbours,
} from '../support/neighbour-rooms.ts'
import { loadDroppingTable } from '../support/neighbour-law-cases.ts'
import { run } from '../support/real-app.ts'
import type { World } from '../support/reach-world.ts'
import { HOST } from '../support/witnesses.ts'

let world: World

before(async () => {
  world = await openPublishWorld()
  run('ip', '-n', OUTSIDE, 'route', 'add', '10.9.3.0/24', 'via', UPLINK.v4)
  const passing = await readNetworkDefinition('name: passing\naddress: 10.9.8.1/24\n')
  await defineNetwork(world.real.app, passing, BY)
  await publishPorts(world, 'web', `8080:${String(SERVED)}`)
  free = await everyWay()
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
  'a guest, outside by IPv6': ['web', FAR.v6, SERVED],
  'published, from outside by IPv6': [OUTSIDE, UPLINK.v6, 8080],
  'published, from a sibling by IPv6': ['sibling', UPLINK.v6, 8080],
  'not published, by IPv6': [OUTSIDE, UPLINK.v6, 8081],
}
/** How one is refused is up to whoever refuses it first. */
async function everyWay(): Promise<Record<string, string>> {
  const all = Object.entries(await callAll(world, WAYS))
  return Object.fromEntries(all.map(([way, word]) => [way, word.includes(' saw ') ? word : 'no']))
}

/** As without neighbours. */
let free: Record<string, string>

describe('Docker', () => {
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

/** Guests get addresses and names from this host: both are asked for at once, as who is not heard waits. */
async function served(guest: string): Promise<Record<string, boolean>> {
  const tries = (command: string): Promise<boolean> =>
    promisify(execFile)('ip', ['netns', 'exec', guest, 'sh', '-c', command]).then(
      () => true,
      () => false,
    )
  const [DHCP, DNS] = await Promise.all([
    tries('busybox udhcpc -n -q -f -t 6 -T 1 -i eth0 -s /bin/true'),
    tries('busybox nslookup sibling. 10.9.0.1'),
  ])
  return { DHCP, DNS }
}
const SERVES = { DHCP: true, DNS: true }

/** What `weft host neighbours` says that guests of the network cannot do, and where that is said. */
async function told(): Promise<string[]> {
  const { stopped } = await listNeighbours(world.real.app)
  const mine = stopped.filter(({ network }) => network === 'lab')
  return mine.map(({ flow, rule, owner }) => `${flow}: ${owner}, ${rule.split(': ')[0] ?? ''}`)
}

const LEAVES = 'guests of lab reach the outside through outside'
const ASKS = 'guests of lab ask this host for names'

interface Neighbour {
  /** Among what is said of it before anything is asked. */
  readonly tells: readonly string[]
  readonly start: () => Promise<void>
  /** As its service does. */
  readonly restarts: Readonly<Record<string, () => unknown>>
  readonly stop: () => Promise<void>
  /** Its rules, as they can be compared. */
  readonly rules: () => Promise<string>
}

async function beside(neighbour: Neighbour): Promise<void> {
  const { app } = world.real
  await neighbour.start()
  try {
    const own = await neighbour.rules()
    const stopped = await everyWay()
    assert.equal(stopped['a guest, outside'], 'no', 'it is in the way')
    assert.deepEqual(await served('web'), { DHCP: false, DNS: false })
    const said = await told()
    for (const line of neighbour.tells) assert.ok(said.includes(line), `${line}, not ${said.join('\n')}`)
    await repair()
    assert.deepEqual(await told(), [])
    assert.deepEqual(await everyWay(), free)
    assert.deepEqual(await served('web'), SERVES)
    for (const [what, restart] of Object.entries(neighbour.restarts)) {
      await restart()
      await repair()
      assert.deepEqual(await everyWay(), free, what)
      assert.deepEqual(await served('web'), SERVES, what)
    }
    const between = await neighbour.rules()
    assert.notEqual(between, own)
    await startNetwork(app, 'passing', BY)
    assert.notEqual(await neighbour.rules(), between)
    await stopNetwork(app, 'passing', BY)
    assert.equal(await neighbour.rules(), between)
    const live = app.networks.list().map(({ spec }) => spec)
    const all = neighbourLeftoverSteps(
      [],
      await lookAtNetworks(
        app,
        live.map(({ name }) => name),
      ),
    )
    for (const { do: action } of all) await app.host.perform(action)
    assert.equal(await neighbour.rules(), own)
  } finally {
    await neighbour.stop()
    await repair()
  }
}

async function besideDocker(age: DockerAge, backend: Backend): Promise<void> {
  const { app } = world.real
  startDocker(age, backend)
  try {
    const own = savedRules(backend)
    const stopped = await everyWay()
    assert.equal(stopped['a guest, outside'], 'no', 'it is in the way')
    assert.equal(stopped['a guest, outside by IPv6'] === 'no', age === 'since 28')
    const programs = age === 'since 28' ? ['iptables', 'ip6tables'] : ['iptables']
    assert.deepEqual(
      await told(),
      programs.map((name) =>
        backend === 'legacy'
          ? `${LEAVES}: Docker, chain 'FORWARD' of ${name}-legacy`
          : `${LEAVES}: Docker, chain 'FORWARD' of table '${name.replace('tables', '')} filter'`,
      ),
    )
    await repair()
    assert.deepEqual(await told(), [])
    assert.deepEqual(await everyWay(), free)
    assert.match(savedRules(backend), /-A DOCKER-USER -i virbr0 -o outside .*"weft: lab" -j ACCEPT/)
    for (const flushed of [false, true]) {
      restartDocker(age, backend, flushed)
      await repair()
      assert.deepEqual(await everyWay(), free, `restarted${flushed ? ', flushed' : ''}`)
    }
    iptables(backend, '-I DOCKER-USER -o virbr0 -s 192.0.2.2 -j DROP')
    assert.equal((await everyWay())['published, from outside'], 'no', "an administrator's own no holds")
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

describe('beside', () => {
  let neighbours: Neighbours
  let firewalld: Firewalld
  before(async () => {
    neighbours = await openNeighbours()
  })

  test('ufw: as without it, also after its reload, and its rules are as before when the networks are gone', () =>
    beside({
      tells: ['ip', 'ip6'].flatMap((family) => [
        `${LEAVES}: ufw, chain 'FORWARD' of table '${family} filter'`,
        `${ASKS}: ufw, chain 'INPUT' of table '${family} filter'`,
      ]),
      async start() {
        await neighbours.ask('ufw', 'allow', '22/tcp')
        await neighbours.ask('ufw', '--force', 'enable')
      },
      restarts: { 'ufw reload': () => neighbours.ask('ufw', 'reload') },
      rules: () => {
        const files = ['user', 'user6'].map((name) => readFileSync(`/etc/ufw/${name}.rules`, 'utf8'))
        return Promise.resolve(files.join(''))
      },
      async stop() {
        await neighbours.ask('ufw', 'disable')
        for (const program of ['iptables-nft', 'ip6tables-nft'])
          for (const what of ['-F', '-X']) run(program, what)
      },
    }))

  test('firewalld: as without it, also when started anew, and its rules are as before when the networks are gone', () =>
    beside({
      tells: [
        `${LEAVES}: firewalld, chain 'filter_FWD_public' of table 'inet firewalld'`,
        `${ASKS}: firewalld, chain 'filter_IN_public' of table 'inet firewalld'`,
      ],
      start: async () => {
        firewalld = await startFirewalld(neighbours)
      },
      restarts: {
        'firewall-cmd --reload': () => neighbours.ask('firewall-cmd', '--reload'),
        restarted: () => firewalld.restart(),
      },
      rules: async () => {
        const zones = await neighbours.ask('firewall-cmd', '--get-active-zones')
        // Chains of a zone that nobody is in any more stay until it reads its files again; its policies are in no order.
        const chains = run('nft', 'list', 'table', 'inet', 'firewalld')
        const used = chains.replace(/^\tchain \S*weft\S* \{\n[\s\S]*?^\t\}\n/gm, '')
        return [
          zones,
          ...used
            .split('\n')
            .filter((line) => line !== '')
            .sort(),
        ].join('\n')
      },
      stop: () => firewalld.stop(),
    }))

  test('a table of nftables that drops: as without it, also after it was loaded anew', () =>
    beside({
      tells: [
        `${LEAVES}: stranger, chain 'forward' of table 'inet filter'`,
        `${ASKS}: stranger, chain 'input' of table 'inet filter'`,
      ],
      start: () => {
        loadDroppingTable()
        return Promise.resolve()
      },
      restarts: {
        restarted: () => {
          run('nft', 'flush', 'ruleset')
          loadDroppingTable()
        },
      },
      rules: () => Promise.resolve(run('nft', '-s', 'list', 'table', 'inet', 'filter')),
      stop: () => {
        run('nft', 'delete', 'table', 'inet', 'filter')
        return Promise.resolve()
      },
    }))
})
