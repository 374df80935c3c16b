/** A way out that carries 1400 bytes, with real packets: what guests are told, what TCP agrees on, and what becomes of it while they run. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { repairNetworks } from '../../src/app/repair.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import { completeNetwork } from '../../src/core/network/draft.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { plugGuest, serveEcho, startNetwork, stopEcho, stopNetworks } from '../support/guest-world.ts'
import { addHost, makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'

const HOME = `
name: home
mode: nat
nat: {ipv6: yes}
addresses:
  - {address: 10.6.0.1/24, dhcp: {range: 10.6.0.100-10.6.0.199}}
  - {address: "fd00:6::1/64"}
`
const OUTSIDE = { ipv4: '192.0.2.2', ipv6: '2001:db8:6::2' }

let real: RealApp
let home: NetworkSpec
const link = (name: string, ...where: string[]): number =>
  (JSON.parse(run('ip', ...where, '-j', 'link', 'show', 'dev', name)) as [{ mtu: number }])[0].mtu
const inside = (name: string, ...words: string[]): string => run('ip', 'netns', 'exec', name, ...words)

before(async () => {
  real = openRealApp(makeRoot())
  addHost('outer', '192.0.2.1/24', `${OUTSIDE.ipv4}/24`)
  run('ip', 'address', 'add', '2001:db8:6::1/64', 'dev', 'outer', 'nodad')
  run('ip', '-n', 'outer', 'address', 'add', `${OUTSIDE.ipv6}/64`, 'dev', 'eth0', 'nodad')
  run('ip', 'link', 'set', 'outer', 'mtu', '1400')
  run('ip', 'route', 'add', 'default', 'via', OUTSIDE.ipv4)
  const draft = await readNetworkDefinition(HOME)
  home = completeNetwork(draft, {
    uuid: '927f4393-3e4e-4a94-9e42-67c4ebe45606',
    mac: '52:54:00:b8:c9:06' as MacAddress,
    bridgeName: 'virbr0' as InterfaceName,
  })
  await startNetwork(real.app, home, [])
  await plugGuest(real.app, home, [1, 'a'], {})
  await plugGuest(real.app, home, [1, 'b'], {})
  const script =
    '#!/bin/sh\n[ "$1" = bound ] || exit 0\nip address replace $ip/24 dev eth0\nip route replace default via $router\necho mtu=$mtu\n'
  writeFileSync(`${real.root}/bound`, script, { mode: 0o755 })
  await serveEcho(['outer'])
})

after(async () => {
  stopEcho()
  await stopNetworks(real.app, [home])
  real.close()
  removeRoot(real.root)
})

const ask = (guest: string): string =>
  inside(guest, ...`busybox udhcpc -i eth0 -n -q -f -t 30 -T 1 -O mtu -s ${real.root}/bound`.split(' '))

test('the bridge, a plug and the end inside a namespace carry what the way out carries', () => {
  assert.equal(link('virbr0'), 1400)
  assert.equal(link('vport1a'), 1400)
  assert.equal(link('eth0', '-n', 'home-a'), 1400)
})

test('DHCP and router advertisements tell guests', async () => {
  assert.match(ask('home-a'), /mtu=1400/)
  const told = (): string => inside('home-a', 'cat', '/proc/sys/net/ipv6/conf/eth0/mtu').trim()
  run('ip', '-n', 'home-b', 'link', 'set', 'eth0', 'mtu', '1500')
  assert.match(ask('home-b'), /mtu=1400/)
  await until('the announcement has come', () => told() === '1400')
})

/** Both ends' words in the handshake of one call, each as it arrives at the other end. */
async function handshake(guest: string, to: string): Promise<string[]> {
  const [seen, answer] = [listen('outer', 'ip6 or tcp dst port 7'), listen(guest, 'ip6 or tcp src port 7')]
  await until('both are listening', () => seen.isReady() && answer.isReady())
  inside(guest, 'sh', '-c', `echo hello | busybox nc -w 5 ${to} 7 || true`)
  await until('both have seen it', () => seen.mss() !== undefined && answer.mss() !== undefined)
  return [seen, answer].map(({ mss, stop }) => {
    stop()
    return mss() ?? ''
  })
}

interface Ear {
  readonly isReady: () => boolean
  readonly mss: () => string | undefined
  readonly stop: () => void
}

/** The first MSS that is announced towards the namespace's interface. */
function listen(name: string, filter: string): Ear {
  const words = ['netns', 'exec', name, 'timeout', '120', 'tcpdump', '-lnvi', 'eth0', '-Q', 'in', filter]
  const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [text, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  return {
    isReady: () => errors.includes('listening'),
    mss: () => /mss (\d+)/.exec(text)?.[1],
    stop: () => child.kill(),
  }
}

test('a guest that goes on with 1500 and a server agree on what fits: with IPv4 and IPv6, in both directions', async () => {
  run('ip', '-n', 'home-b', 'link', 'set', 'eth0', 'mtu', '1500')
  assert.deepEqual(await handshake('home-b', OUTSIDE.ipv4), ['1360', '1360'])
  run('ip', '-n', 'home-b', 'address', 'add', 'fd00:6::b/64', 'dev', 'eth0', 'nodad')
  run('ip', '-n', 'home-b', 'route', 'replace', 'default', 'via', 'fd00:6::1')
  assert.deepEqual(await handshake('home-b', OUTSIDE.ipv6), ['1340', '1340'])
})

test('who sends larger packets without asking is told at once', async () => {
  // As a machine's TAP is: it takes whatever the guest sends.
  run('ip', 'link', 'set', 'vport1b', 'mtu', '1500')
  const send = `require('dgram').createSocket('udp4').send(Buffer.alloc(1472), 9, '${OUTSIDE.ipv4}', () => process.exit())`
  inside('home-b', process.execPath, '-e', send)
  const route = (): string => run('ip', '-n', 'home-b', 'route', 'get', OUTSIDE.ipv4)
  await until('it knows the way carries less', () => route().includes('mtu 1400'))
})

test('the way out carries less: the network follows, and nobody is cut off', async () => {
  run('ip', 'link', 'set', 'outer', 'mtu', '1300')
  assert.deepEqual(await repairNetworks(real.app), [
    "repair network 'home'",
    "serve names and addresses on 'home'",
  ])
  assert.equal(link('virbr0'), 1300)
  assert.equal(
    link('vport1a'),
    1400,
    'a guest that has not heard of it is still understood by its neighbours',
  )
  assert.match(ask('home-a'), /mtu=1300/)
  assert.deepEqual(await handshake('home-b', OUTSIDE.ipv4), ['1260', '1260'])
})

test('the way out carries more: plugs grow with it; without a way out all stays as it is', async () => {
  run('ip', 'link', 'set', 'outer', 'mtu', '1500')
  await repairNetworks(real.app)
  assert.deepEqual([link('virbr0'), link('vport1a')], [1500, 1500])
  run('ip', 'link', 'set', 'outer', 'mtu', '1300')
  await repairNetworks(real.app)
  run('ip', 'route', 'delete', 'default')
  assert.deepEqual(await repairNetworks(real.app), [])
  assert.equal(link('virbr0'), 1300)
})
