/** Which turn a held job takes next, before and after somebody has said how it ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decided, nextTurn, type DiskJob } from './disk-job.ts'

const target = { path: '/b', format: 'raw', isPivot: true, node: 'disk0-1', isInPlace: true } as const
const HELD: DiskJob = {
  ...{ vm: 'web', disk: 'disk0', kind: 'copy', path: '/a', format: 'raw', since: '' },
  ...{ target, nodes: ['disk0'], nodesAfter: ['disk0-1'], isHeld: true },
}
const ready = { isRunning: true, status: 'ready', open: '/a', defined: '/a', hasBacking: false }
const gone = { isRunning: false, defined: '/a', hasBacking: false }

test('it stays as it is while it is ready, and is given up with its machine', () => {
  assert.equal(nextTurn(HELD, ready), 'wait')
  assert.equal(nextTurn({ ...HELD, kind: 'commit' }, ready), 'wait')
  assert.equal(nextTurn(HELD, gone), 'give-up')
})

test('the machine goes over, or a copy is of this moment', () => {
  assert.equal(nextTurn(decided(HELD, true), ready), 'switch')
  assert.equal(nextTurn(decided(HELD, true), gone), 'give-up')
  const copy = decided(HELD, false)
  assert.equal(nextTurn(copy, ready), 'halt')
  assert.deepEqual(copy.nodesAfter, HELD.nodes)
})
