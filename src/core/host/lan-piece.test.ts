/** Pieces of a LAN for guests. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseIpv4Cidr, type Ipv4Address } from '../address/ipv4.ts'
import { lanDefinition, likelyPiece } from './lan-piece.ts'

test('a piece becomes a routed network that answers for its guests', () => {
  assert.deepEqual(JSON.parse(lanDefinition('lan', 'wlan0', ['192.0.2.230/28', '2001:db8::10/124'])), {
    name: 'lan',
    mode: 'route',
    device: 'wlan0',
    proxy: ['192.0.2.226-192.0.2.238', '2001:db8::12-2001:db8::1f'],
    addresses: [
      { address: '192.0.2.225/28', dhcp: { range: '192.0.2.226-192.0.2.238' } },
      { address: '2001:db8::11/124', dhcp: { range: '2001:db8::12-2001:db8::1f' } },
    ],
  })
  for (const text of ['192.0.2.0/23', '192.0.2.1/30', '2001:db8::/64', 'somewhere'])
    assert.throws(() => lanDefinition('lan', 'wlan0', [text]), { code: 'invalid-argument' })
})

test('a likely piece is at the end of the LAN, and holds nobody who is known', () => {
  const likely = (lan: string, ...taken: string[]): string | undefined => {
    const cidr = parseIpv4Cidr(lan)
    return cidr === undefined ? undefined : likelyPiece(cidr, taken as Ipv4Address[])
  }
  assert.equal(likely('192.0.2.10/24', '192.0.2.10', '192.0.2.1'), '192.0.2.224/28')
  assert.equal(likely('192.0.2.10/24', '192.0.2.230'), '192.0.2.208/28')
  assert.equal(likely('192.0.2.10/28'), undefined)
})
