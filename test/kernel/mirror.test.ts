/** What weftd remembers of the kernel is what the kernel has, whoever changed it, in whatever order. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nft, run as runAction } from '../../src/core/plan/action.ts'
import { elementsThere, formatRuleset, parseRuleset } from '../../src/core/network/firewall/nft-ruleset.ts'
import { formatGuardTable, parseGuardTable } from '../../src/core/network/guard/guard-text.ts'
import { sharedSets, SHARED_CHAINS } from '../../src/core/network/guard/guard-table.ts'
import { watchHost, type HostWatch } from '../../src/daemon/watch-host.ts'
import { createIpShell } from '../../src/host/ip-shell.ts'
import { createMirror, type Mirror } from '../../src/host/mirror.ts'
import { createNftShell } from '../../src/host/nft-shell.ts'
import { performAction } from '../../src/host/perform-action.ts'
import { run, until } from '../support/real-app.ts'

const STEPS = 150
const GUARD = formatGuardTable({
  sets: new Map([
    ...sharedSets({}),
    ['lab/group/web', { kind: 'set', type: 'type ether_addr', elements: [] }],
  ]),
  chains: new Map([...SHARED_CHAINS, ['lab/senders/vnet0', { rules: [] }]]),
}).split('\n')
const BRIDGES = ['br0', 'br1', 'br2', 'br3']
const ip = createIpShell()
const nftShell = createNftShell()
/** Asks the kernel for everything each time: nobody tells it anything. */
const freshIp = createIpShell()
const fresh = createMirror(freshIp, createIpShell('-6'), createNftShell())
const ip6 = createIpShell('-6')
const memory = createMirror(ip, ip6, nftShell)
let watch: HostWatch
let isTrusted = false

before(async () => {
  const listener = {
    ...memory,
    trust: (isHeard: boolean) => {
      isTrusted = isHeard
      memory.trust(isHeard)
    },
  }
  watch = watchHost(
    listener,
    () => Promise.resolve(),
    (line) => assert.fail(line),
  )
  await until('the monitors listen', () => isTrusted)
})
after(() => {
  watch.stop()
})

async function stateOf(
  mirror: Mirror,
): Promise<Record<'links' | 'routes' | 'rules' | 'table' | 'guard', unknown>> {
  const [links, routes, listing, guard] = await Promise.all([
    mirror.links(),
    mirror.routes(),
    mirror.table(),
    mirror.guard(),
  ])
  const table = listing === undefined ? undefined : parseRuleset(listing)
  return {
    // Without what the kernel changes by itself for a while after.
    links: links
      .map((link) => JSON.stringify([link.ifindex, link.ifname, link.master, link.mtu, addresses(link)]))
      .sort(),
    routes: routes.map((route) => JSON.stringify(Object.entries(route).sort())).sort(),
    rules: JSON.stringify(await mirror.rules()),
    table: table === undefined ? undefined : { isIntact: table.isIntact, elements: elementsThere(table) },
    guard: guard === undefined ? undefined : parseGuardTable(guard),
  }
}

const addresses = (link: Awaited<ReturnType<Mirror['links']>>[number]): string[] =>
  link.addr_info.map(({ local, prefixlen }) => `${local}/${String(prefixlen)}`).sort()

/** As weft's own steps are performed; what is refused is refused. */
async function own(words: string, stdin?: string): Promise<void> {
  const [program = '', ...rest] = words.split(' ')
  const action = stdin === undefined ? runAction(program, ...rest) : nft(stdin.split('\n'))
  let isDone = false
  memory.expect(action)
  try {
    await performAction(
      {
        ip,
        nft: nftShell,
        qmp: () => assert.fail(),
        qmpJob: () => assert.fail(),
        agent: () => assert.fail(),
        runDirectory: '/run',
      },
      action,
    )
    isDone = true
  } catch {
    // The memory has to know that too.
  } finally {
    memory.touch(action, isDone)
  }
}

/** A person at a shell. */
function foreign(words: string, stdin?: string): void {
  const [program = '', ...rest] = words.split(' ')
  try {
    if (stdin === undefined) run(program, ...rest)
    else run('nft', stdin.replaceAll('\n', '; '))
  } catch {
    // Refused.
  }
}

/** The same numbers each time: a failure can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function someChange(random: (below: number) => number): readonly [words: string, stdin?: string] {
  const bridge = BRIDGES[random(BRIDGES.length)] ?? ''
  const other = BRIDGES[random(BRIDGES.length)] ?? ''
  const subnet = `10.9.${String(random(3))}`
  const elements = (verb: string): string =>
    `${verb} element inet weft nat { "${bridge}" }\n${verb} element inet weft from { "${bridge}" : jump from_nat, "x${bridge}" : jump from_isolated }`
  const guarded = (verb: string): string =>
    `${verb} element bridge weft out { "${bridge}" : jump lab/senders/vnet0 }\n${verb} element bridge weft lab/group/web { 52:54:00:00:00:01 }`
  const changes: readonly (readonly [string, string?])[] = [
    [`ip link add ${bridge} type bridge`],
    [`ip link delete ${bridge}`],
    [`ip link set ${bridge} up`],
    [`ip link set ${bridge} down`],
    [`ip link set ${bridge} name ${other}`],
    [`ip addr add ${subnet}.1/24 dev ${bridge}`],
    [`ip addr del ${subnet}.1/24 dev ${bridge}`],
    [`ip route add 172.16.${String(random(3))}.0/24 dev ${bridge}`],
    [`ip route add 172.17.0.0/24 dev ${bridge} src ${subnet}.1`],
    [`ip route del 172.17.0.0/24`],
    [`ip link add veth-${bridge} type veth peer name peer-${bridge}`],
    [`ip link set veth-${bridge} master ${other}`],
    [`ip rule add to 172.${String(16 + random(3))}.0.0/16 table 100`],
    ['ip rule del table 100'],
    [`ip -6 rule add from fd0${String(random(3))}::/16 table 100`],
    ['nft', elements('add')],
    ['nft', elements('add')],
    ['nft', elements('delete')],
    ['nft', `add element inet weft nat { "${bridge}" }\ndelete element inet weft nat { "${bridge}" }`],
    ['nft', 'flush set inet weft nat'],
    ['nft', guarded('add')],
    ['nft', guarded('delete')],
    ['nft', ['add table bridge weft', 'delete table bridge weft', ...GUARD].join('\n')],
    ['nft', ['add table inet weft', 'delete table inet weft', ...formatRuleset([]).split('\n')].join('\n')],
  ]
  return changes[random(changes.length)] ?? ['true']
}

for (const seed of [1, 2, 3]) {
  test(`own and foreign changes in any order, seed ${String(seed)}`, async () => {
    const random = randomFrom(seed)
    await own(
      'nft',
      ['add table inet weft', 'delete table inet weft', ...formatRuleset([]).split('\n')].join('\n'),
    )
    for (let step = 0; step < STEPS; step++) {
      const change = someChange(random)
      const isOwn = random(3) > 0
      if (isOwn) await own(...change)
      else foreign(...change)
      // Some changes follow one another before anybody looks.
      if (random(3) === 0)
        await assertTrue(`${isOwn ? 'own' : 'foreign'} step ${String(step)}: ${change.join(' ')}`)
    }
    await assertTrue('the end')
  })
}

test('an own transaction is known at once, before the kernel has told of it', async () => {
  await own(
    'nft',
    ['add table inet weft', 'delete table inet weft', ...formatRuleset([]).split('\n')].join('\n'),
  )
  await assertTrue('a new table')
  for (let index = 0; index < 20; index++) {
    await own('nft', `add element inet weft nat { "own${String(index)}" }`)
    assert.deepEqual((await stateOf(memory)).table, (await stateOf(fresh)).table)
  }
})

/** Others' changes are heard of a moment later. */
async function assertTrue(what: string): Promise<void> {
  const limit = performance.now() + 60_000
  for (;;) {
    freshIp.forgetNames()
    const [remembered, there] = [await stateOf(memory), await stateOf(fresh)]
    try {
      assert.deepEqual(remembered, there, what)
      return
    } catch (error) {
      if (performance.now() > limit) throw error
    }
  }
}
