/** Marks on interfaces: what is written is read again, and nothing else is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOwner, networkAlias, portAlias, queueAlias, readMark, tapAlias } from './mark.ts'

test('what is written as a mark is read as the same', () => {
  assert.deepEqual(readMark(networkAlias('my lab')), { kind: 'network', network: 'my lab' })
  assert.deepEqual(readMark(tapAlias('web', 12)), { kind: 'vm', machine: 'web', nic: 'nic12' })
  assert.deepEqual(readMark(portAlias('lab', 'a:b')), { kind: 'port', network: 'lab', port: 'a:b' })
  assert.deepEqual(readMark(queueAlias('vnet0')), { kind: 'queue', of: 'vnet0' })
})

test('what others write is no mark', () => {
  for (const alias of [
    undefined,
    '',
    'weft',
    'weft:network:',
    'weft:vm:web',
    'weft:house:x',
    'my weft:network:x',
  ])
    assert.equal(readMark(alias), undefined, alias)
})

test('people are told whose an interface is', () => {
  assert.deepEqual(
    [networkAlias('lab'), tapAlias('web', 0), portAlias('lab', 'box'), queueAlias('vnet0'), 'LAN'].map(
      describeOwner,
    ),
    ['network lab', 'machine web', 'namespace box', 'the queue of vnet0', "not weft's"],
  )
})
