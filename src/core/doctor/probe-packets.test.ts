/** The bytes that are sent, and those that answers are told by. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discover, isAnswer, PROBE_MAC, readOffer, versionQuestion } from './probe-packets.ts'

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

test('a DISCOVER asks for answers to everybody, and for nothing else', () => {
  const bytes = discover(0x01020304)
  assert.equal(bytes.length, 300)
  assert.match(hex(bytes), /^0101060001020304000080000{32}/)
  assert.equal(hex(bytes.subarray(28, 34)), PROBE_MAC.replaceAll(':', ''))
  assert.equal(hex(bytes.subarray(236, 244)), '63825363350101ff')
})

test('an OFFER is read with who makes it; answers to others, and other answers, are none', () => {
  const offer = discover(7)
  offer[0] = 2
  offer.set([10, 9, 0, 101], 16)
  offer.set([0, 53, 1, 2, 54, 4, 10, 9, 0, 1, 255], 240)
  assert.deepEqual(readOffer(offer, 7), { address: '10.9.0.101', server: '10.9.0.1' })
  assert.equal(readOffer(offer, 8), undefined)
  assert.equal(readOffer(discover(7), 7), undefined)
  assert.equal(readOffer(offer.subarray(0, 100), 7), undefined)
  offer[243] = 5
  assert.equal(readOffer(offer, 7), undefined)
})

test('a question that dnsmasq answers by itself, and its answer', () => {
  const question = versionQuestion(0xabcd)
  assert.equal(hex(question), 'abcd010000010000000000000776657273696f6e0462696e640000100003')
  const answer = Uint8Array.from(question)
  assert.equal(isAnswer(answer, 0xabcd), false)
  answer[2] = 0x85
  assert.equal(isAnswer(answer, 0xabcd), true)
  assert.equal(isAnswer(answer, 0xabce), false)
})
