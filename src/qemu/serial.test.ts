/** What is kept of a guest's output. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createScrollback } from './serial.ts'

test('the scroll-back is the end of everything said, however it was cut into pieces', () => {
  const piece = fc.uint8Array({ maxLength: 40 })
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (pieces, limit) => {
      const kept = createScrollback(limit)
      for (const each of pieces) kept.add(each)
      assert.deepEqual(Buffer.from(kept.bytes()), Buffer.concat(pieces).subarray(-limit))
    }),
  )
})

test('a guest that prints byte by byte does not fill the memory with buffers', () => {
  const kept = createScrollback(100)
  for (let i = 0; i < 5000; i++) kept.add(Uint8Array.of(i % 256))
  assert.equal(kept.bytes().length, 100)
  assert.equal(kept.bytes()[99], 4999 % 256)
})
