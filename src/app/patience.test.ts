/** Patience: a few times at once, then once the first is a minute ago. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPatience, MOST_TIMES } from './patience.ts'

test('the same thing is done a few times within a minute, then waited for; other things are not', () => {
  let now = 1_000_000
  const patience = createPatience(() => now)
  for (let time = 0; time < MOST_TIMES; time++) {
    assert.equal(patience.waitMs('a'), 0)
    patience.acted('a')
    now += 1000
  }
  assert.equal(patience.waitMs('a'), 60_000 - MOST_TIMES * 1000)
  assert.equal(patience.waitMs('b'), 0)
  now += 60_000 - MOST_TIMES * 1000
  assert.equal(patience.waitMs('a'), 0, 'the first is a minute ago')
  patience.acted('a')
  assert.equal(patience.waitMs('a'), 1000, 'the second is not')
  patience.forget('')
  assert.equal(patience.waitMs('a'), 0)
})
