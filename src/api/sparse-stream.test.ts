/** A stream of bytes with holes is the same bytes again, however it is cut into chunks, and never passes for whole when it is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeSparse, encodeSparse, findHoles, lengthOf, type Piece } from './sparse-stream.ts'

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value)
}
async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const value of values) list.push(value)
  return list
}
const flat = (pieces: readonly Piece[]): Buffer =>
  Buffer.concat(pieces.map((piece) => (piece instanceof Uint8Array ? piece : Buffer.alloc(piece.hole))))
const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )

const pieces = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: 0, max: 500 }).map((hole) => ({ hole })),
  ),
)

test('what is sent arrives, in whatever chunks', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 50 }), async (sent, size) => {
      const wire = Buffer.concat(await all(encodeSparse(each(sent))))
      assert.deepEqual(flat(await all(decodeSparse(each(cut(wire, size))))), flat(sent))
    }),
  )
})

test('what was cut off anywhere is refused', async () => {
  const wire = Buffer.concat(await all(encodeSparse(each<Piece>([Buffer.from('abc'), { hole: 7 }]))))
  for (let end = 0; end < wire.length; end += 1)
    await assert.rejects(all(decodeSparse(each([wire.subarray(0, end)]))), /was cut off/)
  await assert.rejects(all(decodeSparse(each([wire, wire]))), /goes on after its end/)
  await assert.rejects(all(decodeSparse(each([Buffer.from('no such stream')]))), /mean nothing|length/)
})

test('blocks of zeros are holes, and nothing else is', async () => {
  const bytes = Buffer.alloc(300_000)
  bytes[150_000] = 1
  const found = await all(findHoles(each<Uint8Array>([bytes])))
  assert.deepEqual(flat(found), bytes)
  const data = found.filter((piece) => piece instanceof Uint8Array)
  assert.deepEqual(data.map(lengthOf), [65_536])
})
