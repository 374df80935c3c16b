/** Messages of stock clients and of stock libvirt, recorded byte by byte: all of them are read, and written again as they were. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findCall, findEvent } from './find-procedure.ts'
import { cutPackets, formatPacket, STATUSES, TYPES, type Header, type Packet } from './frame.ts'
import { remoteError } from './types.ts'
import { decode, encode, hyper, struct, uint, type Codec } from './xdr.ts'

interface Vector {
  readonly proc: number
  readonly name: string
  readonly dir: 'c2s' | 's2c'
  readonly type: string
  readonly status: string
  /** As another program has read it. */
  readonly value: unknown
  readonly hex: string
}

const VECTORS = readFileSync(join(import.meta.dirname, 'vectors.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector)

const HOLE = struct({ length: hyper, flags: uint })

/** What the body is made of; undefined: bytes of a stream, or nothing. */
function codecOf({ program, procedure, type, status }: Header): Codec<unknown> | undefined {
  if (status === STATUSES.error) return remoteError
  if (type === TYPES.streamHole) return HOLE
  if (type === TYPES.message) return findEvent(program, procedure)?.event.message
  const found = findCall(program, procedure)?.call
  if (type === TYPES.call) return found?.args
  return type === TYPES.reply ? found?.ret : undefined
}

/** As the recording shows values: UUIDs and opaque bytes in hexadecimal, large numbers as numbers, unions as their value. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (typeof value === 'string') return UUID.test(value) ? value.replaceAll('-', '') : value
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  if ('type' in value && 'value' in value) return plain(value.value)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

const packetOf = (vector: Vector): Packet => {
  const { packets, rest } = cutPackets(Buffer.from(vector.hex, 'hex'))
  assert.equal(rest.length, 0)
  const [packet] = packets
  assert.ok(packet)
  return packet
}

test('every recorded message is read and written again byte by byte', () => {
  let bodies = 0
  for (const vector of VECTORS) {
    const { header, body } = packetOf(vector)
    const codec = codecOf(header)
    const again = codec === undefined ? body : encode(codec, decode(codec, body))
    if (codec !== undefined) bodies++
    assert.equal(formatPacket(header, again).toString('hex'), vector.hex, vector.name)
  }
  assert.ok(bodies > 880, `${String(bodies)} of ${String(VECTORS.length)} bodies were decoded`)
})

test('what is read is what was said', () => {
  for (const vector of VECTORS) {
    const { header, body } = packetOf(vector)
    const codec = codecOf(header)
    // The one place where the recording names a number.
    if (codec === undefined || vector.value === null || vector.name === 'AUTH_LIST') continue
    assert.deepEqual(plain(decode(codec, body)), vector.value, `${vector.type} ${vector.name}`)
  }
})
