/** The balloon's statistics. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guestMemoryOf } from './guest-memory.ts'

test('what a guest has not told is not known, and one that has said nothing has no memory to show', () => {
  const stats = { 'stat-total-memory': 1024, 'stat-free-memory': 0, 'stat-swap-in': 18446744073709552000 }
  assert.equal(guestMemoryOf({ stats, 'last-update': 0 }), undefined)
  const told = guestMemoryOf({ stats, 'last-update': 7 })
  assert.deepEqual(
    [told?.at, told?.total, told?.free, told?.swappedIn, told?.available],
    [7, 1024, 0, undefined, undefined],
  )
})
