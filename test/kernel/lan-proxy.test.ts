/** Guests on a LAN that takes no MAC but the host's, as radio and some hosters do: the host answers in their place, for their addresses alone. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { addPort, removePort } from '../../src/app/network-ports.ts'
import { defineNetwork, startNetwork, stopNetwork } from '../../src/app/networks.ts'
import { repairNetwork } from '../../src/app/repair-network.ts'
import { showNetwork } from '../../src/app/network-state.ts'
import { WeftError } from '../../src/core/errors.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import {
  openRealApp,
  canPing,
  describeWorld,
  makeRoot,
  removeRoot,
  run,
  until,
  type RealApp,
} from '../support/real-app.ts'

const REQUEST = { by: 'test', dryRun: false }
const DEFINITION = `name: lan
mode: route
device: wlan0
proxy: [192.0.2.225-192.0.2.238, 192.0.2.77, "2001:db8:0:1::12-2001:db8:0:1::1f"]
addresses:
  - {address: 192.0.2.225/28, dhcp: {range: 192.0.2.226-192.0.2.238}}
  - {address: "2001:db8:0:1::11/124", dhcp: {range: "2001:db8:0:1::12-2001:db8:0:1::1f"}}
`
let real: RealApp
let untouched: Awaited<ReturnType<typeof describeWorld>>

before(async () => {
  real = openRealApp(makeRoot())
  run('ip', 'netns', 'add', 'peer')
  run('ip', 'link', 'add', 'wlan0', 'type', 'veth', 'peer', 'name', 'far', 'netns', 'peer')
  for (const words of ['address add 192.0.2.10/24', 'address add 2001:db8:0:1::2/64 nodad'])
    run('ip', ...words.split(' '), 'dev', 'wlan0')
  run('ip', 'link', 'set', 'wlan0', 'up')
  for (const words of [
    'address add 192.0.2.1/24 dev far',
    'address add 2001:db8:0:1::99/64 dev far nodad',
    'link set far up',
    'link set lo up',
  ])
    run('ip', '-n', 'peer', ...words.split(' '))
  // As an access point: it listens to one MAC.
  const mac = readFileSync('/sys/class/net/wlan0/address', 'utf8').trim()
  const rules = `table netdev ap { chain in { type filter hook ingress device "far" priority 0; ether saddr != ${mac} counter drop; }; }`
  execFileSync('ip', ['netns', 'exec', 'peer', 'nft', '-f', '-'], { input: rules })
  run('ip', 'route', 'add', 'default', 'via', '192.0.2.1')
  await define(DEFINITION)
  await until('the link is at rest', () => run('ip', 'addr', 'show', 'dev', 'wlan0', 'tentative') === '')
  untouched = await describeWorld(real.app, real.root)
})
after(() => {
  real.close()
  removeRoot(real.root)
})

async function define(text: string): Promise<void> {
  await defineNetwork(real.app, await readNetworkDefinition(text), REQUEST)
}

const proxies = (): string[] =>
  ['-4', '-6'].flatMap((family) =>
    run('ip', family, 'neigh', 'show', 'proxy')
      .split('\n')
      .filter((line) => line !== ''),
  )

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WeftError)
  return [
    error.message,
    ...error.problems.map(({ message }) => message),
    ...error.details.map(([, text]) => text),
  ].join('\n')
}

test('a guest with a MAC of its own on that NIC is not heard: that is what all this is for', () => {
  run('ip', 'netns', 'add', 'loud')
  run(
    'ip',
    'link',
    'add',
    'link',
    'wlan0',
    'name',
    'eth0',
    'netns',
    'loud',
    'type',
    'macvlan',
    'mode',
    'bridge',
  )
  run('ip', '-n', 'loud', 'address', 'add', '192.0.2.200/24', 'dev', 'eth0')
  run('ip', '-n', 'loud', 'link', 'set', 'eth0', 'up')
  assert.ok(!canPing('loud', '192.0.2.1'))
  run('ip', 'netns', 'delete', 'loud')
})

test('what does not fit is refused: other modes, no NIC, the whole LAN, addresses that somebody has', async () => {
  const said = (text: string): Promise<string> => refusal(define(text))
  assert.match(
    await said(DEFINITION.replace('mode: route', 'mode: nat')),
    /mode nat has no addresses that the LAN/,
  )
  assert.match(await said(DEFINITION.replace('device: wlan0\n', '')), /on which NIC .* has to be said/)
  assert.match(await said(DEFINITION.replace('192.0.2.77', '10.0.0.0-10.0.9.9')), /more than 256 addresses/)
  assert.match(await said(DEFINITION.replace('192.0.2.77', 'somewhere')), /'somewhere' is neither an address/)
  await define(DEFINITION.replace('192.0.2.225/28', '192.0.2.225/24'))
  assert.match(
    await refusal(startNetwork(real.app, 'lan', REQUEST)),
    /192\.0\.2\.0\/24 is in use on this host: 'wlan0' has/,
  )
  await define(DEFINITION)
  run('ip', '-n', 'peer', 'address', 'add', '192.0.2.230/24', 'dev', 'far')
  run('ip', 'route', 'delete', 'default')
  assert.match(await refusal(startNetwork(real.app, 'lan', REQUEST)), /somebody has 192\.0\.2\.230/)
  run('ip', 'route', 'add', 'default', 'via', '192.0.2.1')
  run('ip', '-n', 'peer', 'address', 'delete', '192.0.2.230/24', 'dev', 'far')
  assert.deepEqual(await describeWorld(real.app, real.root), untouched)
})

test('guests are reached from the LAN at their own addresses, and reach it; nothing else is answered for', async () => {
  await startNetwork(real.app, 'lan', REQUEST)
  assert.equal(proxies().length, 14 + 1 + 14)
  assert.equal(readFileSync('/proc/sys/net/ipv6/conf/wlan0/proxy_ndp', 'utf8').trim(), '1')
  assert.equal(readFileSync('/proc/sys/net/ipv4/conf/wlan0/proxy_arp', 'utf8').trim(), '0')
  for (const guest of ['one', 'two']) {
    run('ip', 'netns', 'add', guest)
    await addPort(real.app, 'lan', { netns: guest }, REQUEST)
  }
  for (const words of [
    'address replace 192.0.2.226/28 dev eth0',
    'route replace default via 192.0.2.225',
    'address add 192.0.2.77/32 dev eth0',
    'address replace 2001:db8:0:1::12/124 dev eth0 nodad',
    '-6 route replace default via 2001:db8:0:1::11',
  ])
    run('ip', '-n', 'one', ...words.split(' '))
  const said = run('sh', '-c', 'ip netns exec two busybox udhcpc -i eth0 -n -q -f -t 20 -s /bin/true 2>&1')
  assert.match(said, /lease of 192\.0\.2\.2[23]\d obtained/)
  assert.ok(canPing('one', '192.0.2.1'))
  for (const address of ['192.0.2.226', '192.0.2.77', '2001:db8:0:1::12'])
    assert.ok(canPing('peer', address), address)
  assert.ok(!canPing('peer', '192.0.2.200'))
  const heard = run('ip', '-n', 'peer', 'neigh', 'show', '192.0.2.226')
  assert.ok(heard.includes(readFileSync('/sys/class/net/wlan0/address', 'utf8').trim()), heard)
  assert.deepEqual((await showNetwork(real.app, 'lan')).conditions, [])
})

test('what somebody takes away comes back when asked; started twice, nothing happens', async () => {
  run('ip', 'neigh', 'delete', 'proxy', '192.0.2.226', 'dev', 'wlan0')
  const { plan } = await repairNetwork(real.app, 'lan', REQUEST)
  assert.match(
    plan.steps.map(({ reason }) => reason).join('\n'),
    /answers on wlan0 .* for 192\.0\.2\.226 and nothing else/,
  )
  assert.equal(proxies().length, 29)
  assert.equal((await startNetwork(real.app, 'lan', REQUEST)).plan.steps.length, 0)
})

test('stopped, this host is as it was', async () => {
  for (const guest of ['one', 'two']) {
    await removePort(real.app, 'lan', guest, REQUEST)
    run('ip', 'netns', 'delete', guest)
  }
  await stopNetwork(real.app, 'lan', { ...REQUEST, force: true })
  assert.deepEqual(proxies(), [])
  assert.deepEqual(await describeWorld(real.app, real.root), untouched)
  assert.ok(!existsSync('/sys/class/net/virbr0'))
})

test('it is the same in XML and back', async () => {
  const { formatNetwork } = await import('../../src/definition/network.ts')
  const { spec } = await showNetwork(real.app, 'lan')
  for (const format of ['xml', 'yaml', 'json'] as const) {
    const draft = await readNetworkDefinition(await formatNetwork(spec, format))
    assert.deepEqual(draft.proxied, spec.proxied, format)
  }
})
