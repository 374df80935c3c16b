/** What a thread has used, from the kernel's line about it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { threadTimeOf } from './thread-time.ts'

test('time and processor are found behind a name with blanks and brackets', () => {
  const rest =
    'S 1 2 2 0 -1 4194304 9 0 0 0 150 50 0 0 20 0 4 0 999 1000 200 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 -1 3 0 0'
  assert.deepEqual(threadTimeOf(`77 (CPU 0/K) VM) ${rest}`), { seconds: 2, processor: 3 })
  assert.equal(threadTimeOf('77 (x) S 1'), undefined)
})
