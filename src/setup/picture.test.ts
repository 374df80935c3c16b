/** The picture reads from the outside to the guests, and fits a terminal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NetworkView, PortView } from '../api/views.ts'
import { renderPicture } from './picture.ts'

const port = (name: string, number: number, ip: string | null): PortView => ({
  interface: `vnet${number}`,
  network: 'default',
  mac: '52:54:00:00:00:01',
  owner: `machine ${name}`,
  ip,
  name,
  state: 'forwarding',
  link: 'up',
})

const network: NetworkView = {
  name: 'default',
  uuid: '927f4393-3e4e-4a94-9e42-67c4ebe45555',
  state: 'active',
  autostart: true,
  persistent: true,
  mode: 'nat',
  bridge: 'virbr0',
  address: '192.168.122.1/24',
  ports: [port('first', 0, '192.168.122.31'), port('second', 1, null)],
  conditions: [],
  drift: [],
}

const outside = {
  hops: [
    { name: 'outside.example', address: '198.51.100.80' },
    { name: 'router', address: '192.0.2.1' },
  ],
  uplink: { name: 'eth0', address: '192.0.2.10/24' },
}

test('from the outside through this host to the guests', () => {
  assert.equal(
    renderPicture(outside, [network]),
    [
      '   outside.example  198.51.100.80',
      '    │',
      '   router  192.0.2.1',
      '    │',
      '┌───┴─ this host ────────────────────────────┐',
      '│  eth0  192.0.2.10/24                       │',
      '│   │                                        │',
      "│   │ NAT: guests go out with this host's    │",
      '│   │ address; nobody comes in               │',
      '│  virbr0  192.168.122.1/24  (default)       │',
      '│   ├── vnet0 ───────────────────────────────┼── first  192.168.122.31',
      '│   └── vnet1 ───────────────────────────────┼── second  (no address yet)',
      '└────────────────────────────────────────────┘',
    ].join('\n'),
  )
})

test('a host without a default route is drawn without an outside', () => {
  const picture = renderPicture({ hops: outside.hops, uplink: undefined }, [{ ...network, mode: 'isolated' }])
  assert.doesNotMatch(picture, /outside|eth0|NAT/)
  assert.match(picture, /isolated: no way out/)
})

test('a long name is cut, so that the box stays a box', () => {
  const picture = renderPicture(outside, [{ ...network, name: 'a'.repeat(60) }])
  const widths = picture
    .split('\n')
    .slice(4, 10)
    .map((line) => line.length)
  assert.deepEqual(new Set(widths), new Set([46]))
})
