/** What is told of ports and leases between two looks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ipv4Address } from '../core/address/ipv4.ts'
import type { MacAddress } from '../core/address/mac.ts'
import type { SeenLink } from '../core/host/link.ts'
import type { Lease } from '../core/network/addresses/leases.ts'
import { leaseEvents } from './lease-events.ts'
import { portEvents, seenPorts } from './port-events.ts'

function link(
  name: string,
  more: Partial<Pick<SeenLink, 'kind' | 'alias' | 'isUp'>> & { master?: string },
): SeenLink {
  return { name, isUp: true, ...more } as unknown as SeenLink
}

const bridge = link('virbr0', { kind: 'bridge', alias: 'weft:network:default' })
const other = link('docker0', { kind: 'bridge' })
const box = link('vport0', { master: 'virbr0' })

test('ports of networks are told when they come, go, and are switched; others are not', () => {
  const steps: [SeenLink[], string[]][] = [
    [[bridge, box, other, link('veth1', { master: 'docker0' })], ['vport0 added']],
    [[bridge, box, other], []],
    [[bridge, { ...box, isUp: false }, other], ['vport0 link-down']],
    [[bridge, box], ['vport0 link-up']],
    [
      [bridge, link('vnet0', { master: 'virbr0' })],
      ['vport0 removed', 'vnet0 added'],
    ],
    [[], ['vnet0 removed']],
  ]
  let before = seenPorts([bridge])
  for (const [links, told] of steps) {
    const after = seenPorts(links)
    const events = portEvents(before, after)
    assert.deepEqual(
      events.map((event) => `${event.interface} ${event.what}`),
      told,
    )
    assert.ok(events.every((event) => event.network === 'default'))
    before = after
  }
})

test('a lease is told when it is new and when it has gone, not when it is renewed', () => {
  const lease = (last: number, expires: number): Lease => ({
    mac: `52:54:00:00:00:0${String(last)}` as MacAddress,
    ip: `192.168.122.${String(last)}` as Ipv4Address,
    expires,
  })
  const told = (before: Lease[], after: Lease[]): string[] =>
    leaseEvents('default', before, after).map(({ what, ip }) => `${what} ${ip}`)
  assert.deepEqual(told([], [lease(1, 100)]), ['given 192.168.122.1'])
  assert.deepEqual(told([lease(1, 100)], [lease(1, 200)]), [])
  assert.deepEqual(told([lease(1, 100)], [lease(2, 100)]), ['ended 192.168.122.1', 'given 192.168.122.2'])
  const moved = { ...lease(1, 100), ip: lease(3, 0).ip }
  assert.deepEqual(told([lease(1, 100)], [moved]), ['ended 192.168.122.1', 'given 192.168.122.3'])
})
