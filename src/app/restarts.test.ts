/** Starts that are put off: later and later, and not forgotten by the next weftd. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PendingRestart } from '../core/vm/end-policy.ts'
import { createRestarts, type RestartNotes } from './restarts.ts'

const MINUTE = 60_000

/** A clock that somebody turns, and notes in memory. */
function world(): {
  clock: { ms: number }
  begin: () => ReturnType<typeof createRestarts>
  kept: RestartNotes
} {
  const clock = { ms: 1_000_000 }
  let text = '[]'
  const kept: RestartNotes = {
    read: () => JSON.parse(text) as PendingRestart[],
    write: (all) => (text = JSON.stringify(all)),
  }
  const alarm = (): (() => void) => () => undefined
  return { clock, kept, begin: () => createRestarts(() => clock.ms, alarm, kept) }
}

test('at once the first time, then later and later; who has run for ten minutes begins anew', () => {
  const { clock, begin } = world()
  const restarts = begin()
  const next = (): number => {
    restarts.note('web')
    return restarts.delayMs('web')
  }
  assert.deepEqual([next(), next(), next(), next()], [0, 1000, 2000, 4000])
  clock.ms += 11 * MINUTE
  assert.equal(next(), 0)
})

test('the next weftd waits for what is left, and counts on from where the one before was', () => {
  const { clock, begin } = world()
  const first = begin()
  for (let time = 0; time < 4; time += 1) first.note('web')
  clock.ms += 1500
  const second = begin()
  assert.deepEqual(second.pending(), ['web'])
  assert.equal(second.delayMs('web'), 2500)
  clock.ms += MINUTE
  assert.equal(second.delayMs('web'), 0)
  second.note('web')
  assert.equal(second.delayMs('web'), 8000)
})

test('who runs, or is wanted no more, is noted no more', () => {
  const { begin, kept } = world()
  const restarts = begin()
  restarts.note('web')
  restarts.note('db')
  restarts.callOff('web')
  assert.deepEqual(restarts.pending(), ['db'])
  restarts.callOff('db')
  assert.deepEqual([kept.read(), begin().pending()], [[], []])
})
