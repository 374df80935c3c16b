/** Rules and groups with real packets: between guests of one bridge, to this host and outside, IPv4 and IPv6. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { addToGroup, removeNetworkRule } from '../../src/app/firewall.ts'
import { showFirewall } from '../../src/app/firewall-state.ts'
import { stopNetwork } from '../../src/app/networks.ts'
import { repairNetworks } from '../../src/app/repair.ts'
import {
  add,
  ALL,
  at,
  BY,
  guardTable,
  HOST,
  inside,
  NOTHING,
  OUTSIDE,
  pings,
  reach,
  real,
  set,
  useFirewallWorld,
} from '../support/firewall-world.ts'
import { canPing, run, until } from '../support/real-app.ts'

useFirewallWorld()

test('guests that nothing may begin a conversation with begin them, and hear the answers', async () => {
  await set({ in: 'deny' })
  assert.deepEqual(
    await Promise.all([reach('a', at('b')), reach('', at('a')), reach('a', HOST), reach('a', OUTSIDE)]),
    [NOTHING, NOTHING, ALL, ALL],
  )
  assert.deepEqual(
    [canPing('a', '10.9.0.12'), canPing('a', HOST[0]), canPing('a', HOST[1])],
    [false, true, true],
  )
})

test('a rule lets in what it names: protocol, port, sender', async () => {
  await set({ in: 'deny' })
  await add('allow in tcp 1-6,7 from 10.9.0.11,fd77:9::11')
  await add('allow in icmp from 10.9.0.0/24')
  assert.deepEqual(await Promise.all([reach('a', at('b')), reach('c', at('b'))]), [
    'tcp allow, udp drop',
    NOTHING,
  ])
  assert.deepEqual([canPing('c', '10.9.0.12'), canPing('c', 'fd77:9::12')], [true, false])
})

test('the first rule that matches decides, a guest’s before its group’s before the network’s', async () => {
  await addToGroup(real.app, 'lab', 'web', ['a', 'b'], BY)
  await add('allow in udp 7', { guest: 'b' })
  await add('deny in udp', { group: 'web' })
  await add('allow in', {})
  assert.deepEqual(await Promise.all([reach('c', at('a')), reach('c', at('b')), reach('a', at('c'))]), [
    'tcp allow, udp drop',
    ALL,
    ALL,
  ])
})

test('guests and groups are senders and receivers by name', async () => {
  await addToGroup(real.app, 'lab', 'web', ['a'], BY)
  await set({ in: 'deny' })
  await add('allow in tcp 7 from @web', { guest: 'b' })
  await add('allow in udp 7 from c', { guest: 'b' })
  assert.deepEqual(await Promise.all([reach('a', at('b')), reach('c', at('b'))]), [
    'tcp allow, udp drop',
    'tcp drop, udp allow',
  ])
  await addToGroup(real.app, 'lab', 'web', ['c'], BY)
  assert.equal(await reach('c', at('b')), ALL)
})

test('a guest that may send nothing has an address and names all the same, and answers', async () => {
  await set({ guest: 'c', out: 'deny' })
  assert.deepEqual(
    await Promise.all([reach('c', HOST), reach('c', OUTSIDE), reach('c', at('a')), reach('a', at('c'))]),
    [NOTHING, NOTHING, NOTHING, ALL],
  )
  assert.match(inside('c', 'busybox', 'nslookup', '-type=a', 'a.lab.example', '10.9.0.1'), /10\.9\.0\.11/)
  // Fails without an answer.
  inside('c', 'busybox', 'udhcpc', '-i', 'eth0', '-n', '-q', '-f', '-t', '30', '-T', '1', '-s', '/bin/true')
  await add('deny out udp 53', { guest: 'c' })
  assert.throws(() =>
    inside('c', 'busybox', 'timeout', '2', 'busybox', 'nslookup', '-type=a', 'a.lab.example', '10.9.0.1'),
  )
})

test('packets larger than a frame arrive in pieces', async () => {
  await set({ in: 'deny', out: 'deny' })
  await add('allow out icmp', { guest: 'a' })
  await add('allow in icmp', { guest: 'b' })
  assert.equal(pings('a', '10.9.0.12', '-s', '4000'), true)
  assert.equal(pings('a', 'fd77:9::12', '-s', '4000'), true)
})

test('a TCP stream outlives changes of the rules that let it be, and a flushed table that is repaired', async () => {
  let far: Socket | undefined
  const server = createServer((socket) => {
    far = socket
    socket.on('error', () => undefined).pipe(socket)
  })
  server.listen(7007, '10.9.0.1')
  await once(server, 'listening')
  const stream = spawn('ip', ['netns', 'exec', 'a', 'busybox', 'nc', '10.9.0.1', '7007'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let heard = ''
  stream.stdout.on('data', (data: Buffer) => (heard += data.toString()))
  const speak = async (word: string): Promise<void> => {
    stream.stdin.write(word)
    await until(`'${word}' comes back`, () => heard.endsWith(word))
  }
  await speak('one')
  await set({ in: 'deny', antiSpoofing: 'address' })
  // The guest waits: nobody has seen that it began this.
  far?.write('pushed')
  await until('what is pushed arrives', () => heard.endsWith('pushed'))
  await speak('two')
  await add('allow in tcp 22')
  await set({ out: 'deny' })
  await speak('three')
  await removeNetworkRule(real.app, 'lab', { which: 'allow in tcp 22' }, BY)
  await add('allow out tcp 7007')
  await speak('four')
  run('nft', 'delete', 'table', 'bridge', 'weft')
  assert.deepEqual(await repairNetworks(real.app), ["repair network 'lab'"])
  assert.notEqual(guardTable(), '')
  await speak('five')
  stream.kill()
  server.close()
})

for (const value of ['0', '1'])
  test(`the rules hold with br_netfilter ${value === '0' ? 'off' : 'on'}`, async () => {
    for (const name of ['iptables', 'ip6tables', 'arptables'])
      writeFileSync(`/proc/sys/net/bridge/bridge-nf-call-${name}`, value)
    await set({ in: 'deny', antiSpoofing: 'address' })
    await add('allow in tcp 7 from a', { guest: 'b' })
    assert.deepEqual(
      await Promise.all([reach('a', at('b')), reach('c', at('b')), reach('b', at('a')), reach('b', OUTSIDE)]),
      ['tcp allow, udp drop', NOTHING, NOTHING, ALL],
    )
  })

test('each rule counts what it matched', async () => {
  await add('allow in tcp 7 from b', { guest: 'a' })
  await set({ guest: 'a', in: 'deny' })
  await add('deny in udp', { guest: 'a' })
  await reach('b', at('a'))
  const { lists } = await showFirewall(real.app, 'lab')
  const rules = lists.find(({ guest }) => guest === 'a')?.rules ?? []
  assert.deepEqual(
    rules.map(({ rule }) => rule),
    ['allow in tcp 7 from b', 'deny in udp'],
  )
  for (const { count } of rules) assert.ok((count?.packets ?? 0) > 0)
})

test('with the last guarded guest the table goes', async () => {
  await set({ in: 'deny' })
  assert.match(guardTable(), /chain lab\/in\/rules/)
  await stopNetwork(real.app, 'lab', { ...BY, force: true })
  assert.equal(guardTable(), '')
  assert.doesNotMatch(run('nft', 'list', 'tables'), /weft/)
})
