/**
 * The bytes of a file with its holes left out, as a stream that knows its own end: whoever reads can tell a whole file from one that was
 * cut off. Frames: a letter, eight bytes of length (big-endian); after `D` come so many bytes, `H` is a hole, `E` the end with the sum of all.
 */
import { WeftError } from '../core/errors.ts'

export const SPARSE_TYPE = 'application/vnd.weft.sparse'

/** Bytes, or so many that are zero and need no room. */
export type Piece = Uint8Array | { readonly hole: number }

const HEADER_BYTES = 9
const LETTERS = { data: 0x44, hole: 0x48, end: 0x45 } as const

export const lengthOf = (piece: Piece): number => (piece instanceof Uint8Array ? piece.length : piece.hole)

export async function* encodeSparse(pieces: AsyncIterable<Piece>): AsyncGenerator<Uint8Array> {
  let sum = 0
  for await (const piece of pieces) {
    const length = lengthOf(piece)
    if (length === 0) continue
    sum += length
    const isData = piece instanceof Uint8Array
    yield header(isData ? LETTERS.data : LETTERS.hole, length)
    if (isData) yield piece
  }
  yield header(LETTERS.end, sum)
}

/** Throws when the stream ends before its end, or is none of these. */
export async function* decodeSparse(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  let waiting: Uint8Array = new Uint8Array()
  let dataLeft = 0
  let sum = 0
  let isWhole = false
  for await (const chunk of chunks) {
    let rest = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    while (rest.length > 0) {
      if (isWhole) throw broken('goes on after its end')
      if (dataLeft > 0) {
        const piece = rest.subarray(0, dataLeft)
        dataLeft -= piece.length
        rest = rest.subarray(piece.length)
        yield piece
        continue
      }
      if (rest.length < HEADER_BYTES) break
      const { letter, length } = readHeader(rest)
      rest = rest.subarray(HEADER_BYTES)
      if (letter === LETTERS.end) {
        if (length !== sum) throw broken('lacks some of its bytes')
        isWhole = true
        continue
      }
      sum += length
      if (letter === LETTERS.data) dataLeft = length
      else if (letter === LETTERS.hole) yield { hole: length }
      else throw broken('has bytes in it that mean nothing')
    }
    waiting = rest
  }
  if (!isWhole) throw broken('was cut off')
}

function header(letter: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt8(letter)
  bytes.writeBigUInt64BE(BigInt(length), 1)
  return bytes
}

function readHeader(bytes: Uint8Array): { letter: number; length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  const length = Number(view.getBigUint64(1))
  if (!Number.isSafeInteger(length)) throw broken('has a length that is none')
  return { letter: view.getUint8(0), length }
}

const broken = (how: string): WeftError =>
  new WeftError('invalid-argument', `the stream of bytes ${how}`, {
    hint: 'send it again, from its beginning',
  })

const ZEROS = Buffer.alloc(64 * 1024)

/** What is zero becomes a hole, in blocks as filesystems have them. */
export async function* findHoles(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  for await (const chunk of chunks) {
    let from = 0
    for (let at = 0; at < chunk.length; at += ZEROS.length) {
      const block = chunk.subarray(at, at + ZEROS.length)
      if (!isZero(block)) continue
      if (from < at) yield chunk.subarray(from, at)
      yield { hole: block.length }
      from = at + block.length
    }
    if (from < chunk.length) yield chunk.subarray(from)
  }
}

const isZero = (block: Uint8Array): boolean => ZEROS.subarray(0, block.length).equals(block)
