/** IPv6 spellings and subnets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  formatIpv6Network,
  ipv6Contains,
  ipv6FromNumber,
  ipv6Overlaps,
  ipv6ToNumber,
  parseIpv6,
  parseIpv6Cidr,
} from './ipv6.ts'

test('every spelling of an address becomes the short one', () => {
  const spellings = {
    'FD77:0005:0:0:0:0:0:0001': 'fd77:5::1',
    'fd77:5::1': 'fd77:5::1',
    '::': '::',
    '::1': '::1',
    '1::': '1::',
    '2001:db8:0:1:0:0:0:1': '2001:db8:0:1::1',
    '2001:0:0:1:0:0:0:1': '2001:0:0:1::1',
    '1:0:2:3:4:5:6:7': '1:0:2:3:4:5:6:7',
    '::ffff:192.0.2.1': '::ffff:c000:201',
  }
  for (const [text, short] of Object.entries(spellings)) assert.equal(parseIpv6(text), short)
})

test('what is no address is refused', () => {
  for (const text of [
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'fe80::1%eth0',
    '::1.2.3.400',
    'g::',
  ]) {
    assert.equal(parseIpv6(text), undefined, text)
  }
})

test('any number goes to text and back', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 128n) - 1n), fc.bigInt(0n, (1n << 128n) - 1n), (number, mask) => {
      const value = number & mask
      const text = ipv6FromNumber(value)
      assert.equal(ipv6ToNumber(text), value)
      assert.equal(parseIpv6(text), text)
    }),
  )
})

test('subnets hold and overlap', () => {
  const cidr = (text: string): NonNullable<ReturnType<typeof parseIpv6Cidr>> =>
    parseIpv6Cidr(text) ?? assert.fail(text)
  assert.equal(formatIpv6Network(cidr('fd77:5::1/64')), 'fd77:5::/64')
  assert.ok(ipv6Contains(cidr('fd77:5::1/64'), parseIpv6('fd77:5::ffff') ?? assert.fail()))
  assert.ok(!ipv6Contains(cidr('fd77:5::1/64'), parseIpv6('fd77:6::1') ?? assert.fail()))
  assert.ok(ipv6Overlaps(cidr('fd77:5::1/64'), cidr('fd77::/16')))
  assert.ok(!ipv6Overlaps(cidr('fd77:5::1/64'), cidr('fd77:6::1/64')))
  assert.equal(parseIpv6Cidr('fd77::/129'), undefined)
})
