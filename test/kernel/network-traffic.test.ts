/** Networks tied to one link, address ranges, names and first leases: real guests (namespaces) against the real firewall. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { executePlan } from '../../src/app/execute-plan.ts'
import { lookAtNetworks } from '../../src/app/live-network.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { Ipv4Address } from '../../src/core/address/ipv4.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import { elementsThere, formatRuleset, parseRuleset } from '../../src/core/network/firewall/nft-ruleset.ts'
import { planNamespacePlug } from '../../src/core/network/bridge/plan-port.ts'
import { portsOf } from '../../src/core/network/port.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import {
  ping,
  plugGuest,
  probe,
  serveEcho,
  startNetwork,
  stopEcho,
  stopNetworks,
} from '../support/guest-world.ts'
import { addHost, makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'

function network(name: string, number: number, more: Partial<NetworkSpec>): NetworkSpec {
  const at = (last: number): Ipv4Address => `10.9.${String(number)}.${String(last)}` as Ipv4Address
  return {
    name,
    uuid: `927f4393-3e4e-4a94-9e42-67c4ebe4550${String(number)}`,
    mode: 'nat',
    bridge: { name: `virbr${String(number)}` as InterfaceName, stp: true, delaySeconds: 0 },
    mac: `52:54:00:b8:c9:0${String(number)}` as MacAddress,
    domain: { name: `${name}.example`, isLocalOnly: true },
    ips: [
      {
        family: 'ipv4',
        cidr: { address: at(1), prefix: 24 },
        prefixSpelling: 'prefix',
        dhcp: { ranges: [{ start: at(100), end: at(200) }], hosts: [] },
      },
    ],
    routes: [],
    kept: [],
    ...more,
  }
}

const NETWORKS = [
  network('nat', 0, {}),
  network('twin', 1, {}),
  network('quiet', 2, { mode: 'isolated' }),
  network('narrow', 3, { forwardDevice: 'right' as InterfaceName }),
  network('routed', 4, { mode: 'route' }),
  network('gated', 5, { mode: 'route', forwardDevice: 'right' as InterfaceName }),
  network('open', 6, { mode: 'open' }),
  network('range', 7, {
    nat: {
      addresses: { start: '198.51.100.50' as Ipv4Address, end: '198.51.100.51' as Ipv4Address },
      ports: { start: 30_000, end: 30_100 },
    },
  }),
]

/** Two hosts outside, behind two links of this host; both have a way back to every guest. */
const OUTSIDE = { left: '192.0.2.2', right: '198.51.100.2' } as const
const guestAddress = (index: number, last: number): string => `10.9.${String(index)}.${String(last)}`

let real: RealApp

before(async () => {
  real = openRealApp(makeRoot())
  addHost('left', '192.0.2.1/24', `${OUTSIDE.left}/24`)
  addHost('right', '198.51.100.1/24', `${OUTSIDE.right}/24`)
  run('ip', '-n', 'left', 'route', 'add', '10.9.0.0/16', 'via', '192.0.2.1')
  run('ip', '-n', 'left', 'route', 'add', '198.51.100.0/24', 'via', '192.0.2.1')
  run('ip', '-n', 'right', 'route', 'add', '10.9.0.0/16', 'via', '198.51.100.1')
  run('ip', '-n', 'right', 'route', 'add', '198.51.100.48/29', 'via', '198.51.100.1')
  for (const [index, wanted] of NETWORKS.entries()) {
    await startNetwork(real.app, wanted, NETWORKS.slice(0, index))
    for (const [letter, last] of [
      ['a', 11],
      ['b', 12],
    ] as const) {
      const ip = guestAddress(index, last) as Ipv4Address
      await plugGuest(real.app, wanted, [index, letter], { ip })
    }
  }
  await serveEcho(['', ...Object.keys(TARGETS)])
})

after(async () => {
  stopEcho()
  await stopNetworks(real.app, NETWORKS)
  real.close()
  removeRoot(real.root)
})

test('the kernel prints the table as weft spells it', () => {
  const listing = run('nft', 'list', 'table', 'inet', 'weft')
  assert.equal(parseRuleset(listing).isIntact, true)
  assert.deepEqual(elementsThere(parseRuleset(listing)), elementsThere(parseRuleset(formatRuleset(NETWORKS))))
  const withoutElements = (text: string): string => text.replace(/\n\t\telements = \{[^}]*\}/g, '')
  assert.equal(withoutElements(listing), withoutElements(formatRuleset(NETWORKS)))
})

const TARGETS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(NETWORKS.map(({ name }, index) => [`${name}-b`, guestAddress(index, 12)])),
  ...OUTSIDE,
}

/** The modes themselves are in reach.test.ts; here is what a device or a range changes, and two networks of one mode. */
const REACHES: Readonly<Record<string, readonly string[]>> = {
  'twin-a': ['twin-b', 'routed-b', 'open-b', 'left', 'right'],
  'narrow-a': ['narrow-b', 'right'],
  'gated-a': ['gated-b', 'right'],
  'range-a': ['routed-b', 'open-b', 'range-b', 'left', 'right'],
  left: ['routed-b', 'open-b', 'left'],
  right: ['routed-b', 'gated-b', 'open-b', 'right'],
}

/** The outside hosts do not forward, and reach each other through this host only where that is somebody's subject. */
const ASKED: Readonly<Record<string, readonly string[]>> = {
  left: Object.keys(TARGETS).filter((name) => name !== 'right'),
  right: Object.keys(TARGETS).filter((name) => name !== 'left'),
}

// All at once: who is not reached is waited for.
describe('who reaches whom: ping, TCP and UDP', { concurrency: true }, () => {
  for (const [from, reached] of Object.entries(REACHES))
    test(`${from} reaches ${reached.join(', ')} and nobody else`, async () => {
      const names = ASKED[from] ?? Object.keys(TARGETS)
      const address = (name: string): string => TARGETS[name] ?? ''
      const [answers, verdicts] = await Promise.all([
        Promise.all(names.map((to) => ping(from, address(to)))),
        probe(from, names.map(address)),
      ])
      assert.deepEqual(
        names.filter((_, index) => answers[index]),
        reached,
      )
      for (const name of names) {
        const isReached = reached.includes(name)
        const verdict = verdicts[address(name)] ?? ''
        if (isReached) assert.equal(verdict, 'tcp allow, udp allow', name)
        else assert.doesNotMatch(verdict, /allow/, name)
      }
    })
})

test('a guest of a range of addresses is seen with one of them, from one of its ports', async () => {
  const call = spawn('ip', ['netns', 'exec', 'range-a', 'busybox', 'nc', OUTSIDE.right, '7'])
  await until('the call is there', () => /:7\s/.test(run('ip', 'netns', 'exec', 'right', 'ss', '-Htn')))
  assert.match(run('ip', 'netns', 'exec', 'right', 'ss', '-Htn'), /198\.51\.100\.5[01]\]?:30\d\d\d/)
  call.kill()
})

test('guests find each other by name, with and without the domain', () => {
  for (const name of ['nat-b', 'nat-b.nat.example']) {
    const answer = run('ip', 'netns', 'exec', 'nat-a', 'busybox', 'nslookup', name, '10.9.0.1')
    assert.match(answer, new RegExp(`Address: ${guestAddress(0, 12).replaceAll('.', '\\.')}`))
  }
})

test('a first lease takes less than 0.3 s on the switch with STP on, and its name is known at once', async () => {
  const [live] = NETWORKS
  assert.ok(live !== undefined)
  // STP would have each wait 4 s. A machine with much else to do is late too, but not with all of them.
  let newcomers = 0
  await until('somebody has one in less than 0.3 s', async () => (await firstLease(live, ++newcomers)) < 300)
  const name = `newcomer${String(newcomers)}.nat.example`
  const answer = run('ip', 'netns', 'exec', 'nat-a', 'busybox', 'nslookup', name, '10.9.0.1')
  assert.match(answer, /Address: 10\.9\.0\.1\d\d/)
})

/** How many ms another guest waits for an address from when it is plugged in. */
async function firstLease(live: NetworkSpec, number: number): Promise<number> {
  const netns = `new${String(number)}`
  run('ip', 'netns', 'add', netns)
  const seen = await lookAtNetworks(real.app, [live.name])
  const port = {
    network: live.name,
    interface: `vportn${String(number)}` as InterfaceName,
    mac: `52:54:00:00:99:${number.toString(16).padStart(2, '0')}` as MacAddress,
    hostName: `newcomer${String(number)}`,
    portName: netns,
    namespace: { name: netns },
    insideName: 'eth0' as InterfaceName,
  }
  const ports = portsOf(live.name, seen, real.app.facts)
  await executePlan(real.app, planNamespacePlug(port, live, ports, seen, real.app.facts), 'test')
  const from = performance.now()
  const ask = 'busybox udhcpc -i eth0 -n -q -f -t 1 -T 20 -s /bin/true 2>&1'
  const said = run('ip', 'netns', 'exec', netns, 'sh', '-c', ask)
  const ms = performance.now() - from
  // Its one question was heard, and answered: the switch had let it through.
  assert.match(said, /lease of 10\.9\.0\.1\d\d obtained/)
  return ms
}
