/** Which pools there are, and which of them are active. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standingPools, type PoolSpec } from './pool.ts'

const pool = (name: string, more: Partial<PoolSpec> = {}): PoolSpec => ({
  name,
  kind: 'directory',
  path: `/srv/${name}`,
  ...more,
})
const BUILT_IN = pool('default')

const told = (...around: Parameters<typeof standingPools>): string[] =>
  standingPools(...around).map(
    ({ name, isActive, isPersistent }) =>
      `${name} ${isActive ? 'active' : 'inactive'}${isPersistent ? '' : ' transient'}`,
  )

test('a pool is active unless it waits for somebody to start it', () => {
  assert.deepEqual(told(BUILT_IN, [pool('a'), pool('b', { isManual: true })], []), [
    'default active',
    'a active',
    'b inactive',
  ])
})

test('what somebody has done since the boot counts more than that', () => {
  const marks = [
    { name: 'a', isActive: false },
    { name: 'b', isActive: true },
    { name: 'gone', isActive: true },
  ]
  assert.deepEqual(told(BUILT_IN, [pool('a'), pool('b', { isManual: true })], marks), [
    'default active',
    'a inactive',
    'b active',
  ])
})

test('one without a definition is there as long as its mark', () => {
  const marks = [{ name: 'brief', isActive: true, transient: pool('brief') }]
  assert.deepEqual(told(BUILT_IN, [], marks), ['default active', 'brief active transient'])
  assert.deepEqual(told(BUILT_IN, [pool('brief')], marks), ['default active', 'brief active'])
})

test('what is defined as the built-in one stands for it', () => {
  assert.deepEqual(told(BUILT_IN, [pool('default', { isManual: true })], []), ['default inactive'])
})
