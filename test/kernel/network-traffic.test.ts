/** Who reaches whom, with every kind of network running at once: real guests (namespaces) against the real firewall. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { executePlan } from '../../src/app/execute-plan.ts'
import { lookAtNetworks } from '../../src/app/live-network.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { Ipv4Address } from '../../src/core/address/ipv4.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import { formatRuleset, parseRuleset } from '../../src/core/network/nft-ruleset.ts'
import { planNamespacePlug, portsOf } from '../../src/core/network/plan-port.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { planNetworkStop } from '../../src/core/network/plan-stop.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import {
  addHost,
  canPing,
  makeRoot,
  openRealApp,
  removeRoot,
  run,
  type RealApp,
} from '../support/real-app.ts'

function network(name: string, number: number, more: Partial<NetworkSpec>): NetworkSpec {
  const at = (last: number): Ipv4Address => `10.9.${String(number)}.${String(last)}` as Ipv4Address
  return {
    name,
    uuid: `927f4393-3e4e-4a94-9e42-67c4ebe4550${String(number)}`,
    mode: 'nat',
    bridge: { name: `virbr${String(number)}` as InterfaceName, stp: true, delaySeconds: 0 },
    mac: `52:54:00:b8:c9:0${String(number)}` as MacAddress,
    domain: { name: `${name}.example`, isLocalOnly: true },
    ip: {
      cidr: { address: at(1), prefix: 24 },
      prefixSpelling: 'prefix',
      dhcp: { ranges: [{ start: at(100), end: at(200) }], hosts: [] },
    },
    kept: [],
    ...more,
  }
}

const NETWORKS = [
  network('nat', 0, {}),
  network('twin', 1, {}),
  network('quiet', 2, { mode: 'isolated' }),
  network('narrow', 3, { forwardDevice: 'right' as InterfaceName }),
]

/** Two hosts outside, behind two links of this host; both have a way back to every guest. */
const OUTSIDE = { left: '192.0.2.2', right: '198.51.100.2' } as const
const guestAddress = (index: number, last: number): string => `10.9.${String(index)}.${String(last)}`

let real: RealApp

/** Several at once: to be refused takes as long as the patience of who asks. */
async function ping(from: string, to: string): Promise<boolean> {
  const words = ['netns', 'exec', from, 'busybox', 'ping', '-c1', '-W1', to]
  return promisify(execFile)('ip', words).then(
    () => true,
    () => false,
  )
}

before(async () => {
  real = openRealApp(makeRoot())
  addHost('left', '192.0.2.1/24', `${OUTSIDE.left}/24`)
  addHost('right', '198.51.100.1/24', `${OUTSIDE.right}/24`)
  run('ip', '-n', 'left', 'route', 'add', '10.9.0.0/16', 'via', '192.0.2.1')
  run('ip', '-n', 'right', 'route', 'add', '10.9.0.0/16', 'via', '198.51.100.1')
  for (const [index, wanted] of NETWORKS.entries()) {
    await start(wanted, NETWORKS.slice(0, index))
    await plug(wanted, index, 'a', 11)
    await plug(wanted, index, 'b', 12)
  }
  // A guest may think what it likes about its gateway.
  run('ip', '-n', 'quiet-a', 'route', 'add', 'default', 'via', '10.9.2.1')
})

after(async () => {
  for (const [index, live] of NETWORKS.entries()) {
    const seen = await lookAtNetworks(real.app, [live.name])
    await executePlan(
      real.app,
      planNetworkStop(live, seen, real.app.facts, NETWORKS.slice(index + 1)),
      'test',
    )
  }
  real.close()
  removeRoot(real.root)
})

async function start(wanted: NetworkSpec, others: readonly NetworkSpec[]): Promise<void> {
  const seen = await lookAtNetworks(real.app, [wanted.name])
  await executePlan(real.app, planNetworkStart(wanted, seen, real.app.facts, others), 'test')
}

async function plug(live: NetworkSpec, index: number, letter: string, last: number): Promise<void> {
  const name = `${live.name}-${letter}`
  run('ip', 'netns', 'add', name)
  const seen = await lookAtNetworks(real.app, [live.name])
  const port = {
    network: live.name,
    interface: `vport${String(index)}${letter}` as InterfaceName,
    mac: `52:54:00:00:0${String(index)}:0${letter}` as MacAddress,
    hostName: name,
    ip: guestAddress(index, last) as Ipv4Address,
    portName: name,
    namespace: { name },
    insideName: 'eth0' as InterfaceName,
  }
  const ports = portsOf(live.name, seen, real.app.facts)
  await executePlan(real.app, planNamespacePlug(port, live, ports, seen, real.app.facts), 'test')
}

test('the kernel prints the table as weft spells it', () => {
  const listing = run('nft', 'list', 'table', 'inet', 'weft')
  assert.equal(parseRuleset(listing).isIntact, true)
  assert.deepEqual(parseRuleset(listing).elements, parseRuleset(formatRuleset(NETWORKS)).elements)
  const withoutElements = (text: string): string => text.replace(/\n\t\telements = \{[^}]*\}/g, '')
  assert.equal(withoutElements(listing), withoutElements(formatRuleset(NETWORKS)))
})

const TARGETS: Readonly<Record<string, string>> = {
  'nat-b': guestAddress(0, 12),
  'twin-b': guestAddress(1, 12),
  'quiet-b': guestAddress(2, 12),
  'narrow-b': guestAddress(3, 12),
  ...OUTSIDE,
}

const REACHES: Readonly<Record<string, readonly string[]>> = {
  'nat-a': ['nat-b', 'left', 'right'],
  'twin-a': ['twin-b', 'left', 'right'],
  'quiet-a': ['quiet-b'],
  'narrow-a': ['narrow-b', 'right'],
  left: ['left'],
  right: ['right'],
}

for (const [from, reached] of Object.entries(REACHES)) {
  test(`${from} reaches ${reached.join(', ')} and nobody else`, async () => {
    const names = Object.keys(TARGETS)
    const answers = await Promise.all(names.map((to) => ping(from, TARGETS[to] ?? '')))
    assert.deepEqual(
      names.filter((_, index) => answers[index]),
      reached,
    )
  })
}

test('this host reaches every guest, every guest this host', () => {
  for (const index of NETWORKS.keys()) {
    run('busybox', 'ping', '-c1', '-W1', guestAddress(index, 11))
    assert.ok(canPing(`${NETWORKS[index]?.name ?? ''}-a`, `10.9.${String(index)}.1`))
  }
})

test('a guest with a made-up source address gets nothing out', () => {
  run('ip', '-n', 'nat-a', 'address', 'add', '203.0.113.9/32', 'dev', 'eth0')
  const ping = ['netns', 'exec', 'nat-a', 'busybox', 'ping', '-c1', '-W1']
  assert.throws(() => run('ip', ...ping, '-I', '203.0.113.9', OUTSIDE.left))
  run('ip', ...ping, '-I', guestAddress(0, 11), OUTSIDE.left)
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
  run('ip', 'netns', 'add', 'new')
  const seen = await lookAtNetworks(real.app, [live.name])
  const port = {
    network: live.name,
    interface: 'vportn' as InterfaceName,
    mac: '52:54:00:00:00:99' as MacAddress,
    hostName: 'newcomer',
    portName: 'new',
    namespace: { name: 'new' },
    insideName: 'eth0' as InterfaceName,
  }
  const ports = portsOf(live.name, seen, real.app.facts)
  await executePlan(real.app, planNamespacePlug(port, live, ports, seen, real.app.facts), 'test')
  const from = performance.now()
  const said = run(
    'ip',
    'netns',
    'exec',
    'new',
    'sh',
    '-c',
    'busybox udhcpc -i eth0 -n -q -f -t 1 -T 1 -s /bin/true 2>&1',
  )
  const ms = performance.now() - from
  assert.match(said, /lease of 10\.9\.0\.1\d\d obtained/)
  assert.ok(ms < 300, `took ${String(Math.round(ms))} ms`)
  const answer = run(
    'ip',
    'netns',
    'exec',
    'nat-a',
    'busybox',
    'nslookup',
    'newcomer.nat.example',
    '10.9.0.1',
  )
  assert.match(answer, /Address: 10\.9\.0\.1\d\d/)
})

test('guests of an isolated network get a lease without a way out', () => {
  const script = 'echo router=$router dns=$dns'
  run('sh', '-c', `printf '#!/bin/sh\\n${script}\\n' > ${real.root}/show && chmod 755 ${real.root}/show`)
  const ask = (name: string): string =>
    run(
      'ip',
      'netns',
      'exec',
      name,
      'sh',
      '-c',
      `busybox udhcpc -i eth0 -n -q -f -t 3 -T 1 -s ${real.root}/show 2>&1`,
    )
  assert.match(ask('quiet-a'), /router= dns=10\.9\.2\.1/)
  assert.match(ask('nat-a'), /router=10\.9\.0\.1 dns=10\.9\.0\.1/)
})
