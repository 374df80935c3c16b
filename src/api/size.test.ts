/** Sizes, times and near misses. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { closest, editDistance } from './closest.ts'
import { formatDuration, formatSize, parseMemory, parseSize } from '../core/size.ts'

test('sizes are read as people write them', () => {
  const sizes: readonly (readonly [string, number | undefined])[] = [
    ['10G', 10 * 1024 ** 3],
    ['10GiB', 10 * 1024 ** 3],
    ['1.5T', 1.5 * 1024 ** 4],
    ['64 M', 64 * 1024 ** 2],
    ['512k', 512 * 1024],
    ['4096', 4096],
    ['4096B', 4096],
    ['', undefined],
    ['G', undefined],
    ['-1G', undefined],
    ['1e3', undefined],
    ['10X', undefined],
    ['99999999P', undefined],
  ]
  for (const [text, bytes] of sizes) assert.equal(parseSize(text), bytes, text)
})

test("a plain number of memory is MiB, as QEMU's -m has it", () => {
  assert.equal(parseMemory('2G'), 2048)
  assert.equal(parseMemory('512'), 512)
  assert.equal(parseMemory('512K'), undefined)
  assert.equal(parseMemory('0'), undefined)
})

test('sizes and times are short', () => {
  assert.deepEqual([0, 1023, 1024, 1536, 200_704, 10 * 1024 ** 3].map(formatSize), [
    '0 B',
    '1023 B',
    '1 KiB',
    '1.5 KiB',
    '196 KiB',
    '10 GiB',
  ])
  assert.deepEqual([12, 3400, 125_000].map(formatDuration), ['12 ms', '3.4 s', '2 min 5 s'])
})

test('what is printed is read back as nearly the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 50 }), (bytes) => {
      const back = parseSize(formatSize(bytes))
      assert.ok(back !== undefined && Math.abs(back - bytes) / bytes <= 0.06)
    }),
  )
})

test('the nearest word is what was meant, or nothing is', () => {
  assert.equal(closest('strat', ['start', 'stop']), 'start')
  assert.equal(closest('lsit', ['list', 'edit']), 'list')
  assert.equal(closest('frobnicate', ['list', 'edit']), undefined)
  assert.equal(closest('x'.repeat(10_000), ['list']), undefined)
})

test('a distance is nothing to itself, and the same both ways', () => {
  const word = fc.string({ maxLength: 8 })
  fc.assert(
    fc.property(word, word, (one, other) => {
      assert.equal(editDistance(one, one), 0)
      assert.equal(editDistance(one, other), editDistance(other, one))
    }),
  )
})
