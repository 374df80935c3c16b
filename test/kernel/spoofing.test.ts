/** Made-up senders with real packets: MAC, IPv4, IPv6 and ARP. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showFirewall } from '../../src/app/firewall-state.ts'
import {
  ALL,
  at,
  busy,
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
import { run } from '../support/real-app.ts'

useFirewallWorld()

test('who makes up a MAC is heard by nobody', async () => {
  await set({ antiSpoofing: 'mac' })
  assert.equal(await reach('a', [...at('b'), ...HOST]), ALL)
  inside('a', 'ip', 'link', 'set', 'eth0', 'address', '52:54:00:00:00:77')
  assert.equal(await reach('a', [...at('b'), ...HOST]), NOTHING)
  inside('a', 'ip', 'link', 'set', 'eth0', 'address', '52:54:00:00:00:11')
  assert.notEqual((await showFirewall(real.app, 'lab')).spoofed.packets, 0)
})

test('who makes up an IP address is heard by nobody, and takes none of anybody’s in ARP', async () => {
  await set({ antiSpoofing: 'address' })
  assert.equal(await reach('a', [...at('b'), ...HOST, ...OUTSIDE]), ALL)
  const steal = (...addresses: string[]): void => {
    for (const address of addresses)
      inside('a', 'ip', 'address', 'add', address, 'dev', 'eth0', ...(address.includes(':') ? ['nodad'] : []))
  }
  steal('10.9.0.77/24', '10.9.0.1/32', 'fd00:99::1/128', 'fd77:9::1/128')
  assert.deepEqual(
    [
      pings('a', '10.9.0.12', '-I', '10.9.0.77'),
      pings('a', '10.9.0.12', '-I', '10.9.0.11'),
      pings('a', 'fd77:9::12', '-I', 'fd00:99::1'),
      pings('a', 'fd77:9::12', '-I', 'fd77:9::11'),
    ],
    [false, true, false, true],
  )
  // What b knows of the host's MAC is the host's.
  inside('b', 'busybox', 'ping', '-c1', '10.9.0.1')
  inside('b', 'busybox', 'ping', '-c1', 'fd77:9::1')
  busy('a', 'arping', '-U', '-c', '2', '-I', 'eth0', '-s', '10.9.0.1', '10.9.0.12')
  busy('a', 'arping', '-A', '-c', '2', '-I', 'eth0', '-s', '10.9.0.1', '10.9.0.1')
  const bridge = /link\/ether (\S+)/.exec(run('ip', 'link', 'show', 'virbr0'))?.[1] ?? ''
  assert.match(inside('b', 'ip', 'neighbour', 'show', '10.9.0.1'), new RegExp(bridge))
  for (const address of ['10.9.0.77/24', '10.9.0.1/32', 'fd00:99::1/128', 'fd77:9::1/128'])
    inside('a', 'ip', 'address', 'delete', address, 'dev', 'eth0')
})

test('a router may send for others where that is said, and anybody may where it is not', async () => {
  await set({ antiSpoofing: 'address' })
  inside('a', 'ip', 'address', 'add', '10.50.0.1/32', 'dev', 'eth0')
  run('ip', 'route', 'add', '10.50.0.0/16', 'via', '10.9.0.11')
  const goes = (): boolean => pings('a', '10.9.0.1', '-I', '10.50.0.1')
  const before = goes()
  await set({ guest: 'a', addresses: ['10.50.0.0/16'] })
  const named = goes()
  await set({ guest: 'a', addresses: [], antiSpoofing: 'none' })
  const free = goes()
  inside('a', 'ip', 'address', 'delete', '10.50.0.1/32', 'dev', 'eth0')
  run('ip', 'route', 'delete', '10.50.0.0/16')
  assert.deepEqual([before, named, free], [false, true, true])
})
