/**
 * Recorded messages, spoilt in every way: nothing of it may bring a connection to anything but an answer or its end, and one that only
 * reads never gets to anything that changes. Ten thousand messages here; `WEFT_FUZZ_MESSAGES=1000000` for as many as there is time for.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { createTurns } from './turns.ts'
import { serveConnection, type Service } from './connection.ts'
import { failureOf } from './failures.ts'
import { findCallByName } from './find-procedure.ts'
import { HEADER_BYTES } from './frame.ts'

const MESSAGES = Number(process.env['WEFT_FUZZ_MESSAGES'] ?? 10_000)
/** A connection that the messages have not broken yet is used for so many of them. */
const PER_CONNECTION = 50

const RECORDED = readFileSync(join(import.meta.dirname, 'vectors.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { dir: string; hex: string })
  .filter(({ dir }) => dir === 'c2s')
  .map(({ hex }) => Buffer.from(hex, 'hex'))
const AUTH = Buffer.from('0000001c200080860000000100000042000000000000000000000000', 'hex')

/** Marsaglia's xorshift: a failure is found again by its seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const EXTREMES = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x00400001, 16_385]

function spoil(message: Buffer, random: (below: number) => number): Buffer {
  const spoilt = Buffer.from(message)
  for (let times = random(4); times >= 0; times--) {
    const word = random(spoilt.length >> 2) * 4
    switch (random(4)) {
      case 0:
        spoilt[random(spoilt.length)] = random(256)
        break
      case 1:
        spoilt.writeUInt32BE(EXTREMES[random(EXTREMES.length)] ?? 0, word)
        break
      case 2:
        // Another call with these arguments.
        spoilt.writeUInt32BE(random(450), 12)
        break
      default: {
        // Cut off, by its own length.
        const length = HEADER_BYTES + random(spoilt.length - HEADER_BYTES + 1)
        spoilt.writeUInt32BE(length, 0)
        return spoilt.subarray(0, length)
      }
    }
  }
  return spoilt
}

test('spoilt messages are answered or end their connection, and change nothing for one that only reads', async () => {
  const seed = Number(process.env['WEFT_FUZZ_SEED'] ?? 20_261_122)
  const random = randomFrom(seed)
  const reached = new Map<string, number>()
  const service: Service = {
    begin: () => ({
      call: (name) => {
        reached.set(name, (reached.get(name) ?? 0) + 1)
        return name === 'AUTH_LIST'
          ? Promise.resolve({ ret: { types: [] } })
          : Promise.reject(new Error('not here'))
      },
      explain: () => failureOf(1, 7, 'internal error: %s', 'not here'),
      end: () => undefined,
    }),
  }
  const turns = createTurns()
  let answers = 0
  let sent = 0
  while (sent < MESSAGES) {
    const socket = new Duplex({
      read: () => undefined,
      write: (_piece, _encoding, done) => {
        answers++
        done()
      },
    })
    serveConnection(socket as unknown as Socket, service, {
      isReadOnly: true,
      passSocket: () => Promise.reject(new Error()),
      turns,
    })
    socket.push(AUTH)
    for (let i = 0; i < PER_CONNECTION && !socket.destroyed && sent < MESSAGES; i++) {
      socket.push(spoil(RECORDED[random(RECORDED.length)] ?? AUTH, random))
      sent++
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.destroy()
  }
  assert.ok(answers > MESSAGES / 4, `${String(answers)} answers to ${String(sent)} messages`)
  assert.ok(reached.size > 50, `${String(reached.size)} procedures were reached`)
  const changing = [...reached.keys()].filter((name) => findCallByName(name)?.access === 'write')
  assert.deepEqual(changing, [], `seed ${String(seed)}`)
})
