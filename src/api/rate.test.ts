/** Speeds, delays and parts of a hundred, read and written. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRate, parseDelay, parsePercent, parseRate } from './rate.ts'

test('speeds are read as tc and people write them, in powers of a thousand', () => {
  const read = ['10mbit', '10Mbit/s', '1.5G', '64000', '500 kbit', '2gbps', '0'].map(parseRate)
  assert.deepEqual(read, [10_000_000, 10_000_000, 1_500_000_000, 64_000, 500_000, 2_000_000_000, 0])
  assert.deepEqual(
    ['', '10 apples', '-1mbit', '1e9', 'mbit', '10mbyte'].map(parseRate),
    Array(6).fill(undefined),
  )
})

test('speeds are written short', () => {
  const written = [0, 7, 999, 1200, 64_000, 9_400_000, 940_000_000, 10e9, 25e12].map(formatRate)
  assert.deepEqual(written, [
    '0',
    '7 bit/s',
    '999 bit/s',
    '1.2 kbit/s',
    '64 kbit/s',
    '9.4 Mbit/s',
    '940 Mbit/s',
    '10 Gbit/s',
    '25 Tbit/s',
  ])
})

test('a written speed is read as itself, but for its rounding', () => {
  for (const bits of [1, 1000, 56_000, 2_500_000, 10_000_000, 1_000_000_000])
    assert.equal(parseRate(formatRate(bits)), bits)
})

test('delays are milliseconds unless they say otherwise', () => {
  assert.deepEqual(
    ['80ms', '80', '1.5s', '250us', '1m', '0'].map(parseDelay),
    [80, 80, 1500, 0.25, 60_000, 0],
  )
  assert.deepEqual(['', 'soon', '-5ms', '1h'].map(parseDelay), Array(4).fill(undefined))
})

test('a loss is a part of a hundred', () => {
  assert.deepEqual(['1%', '0.5', '100 %', '0'].map(parsePercent), [1, 0.5, 100, 0])
  assert.deepEqual(['101', '-1%', 'half', ''].map(parsePercent), Array(4).fill(undefined))
})
