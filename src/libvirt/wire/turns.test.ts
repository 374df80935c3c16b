/** Many clients share each turn of the event loop with everything else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

/** Longer than all clients together may take of a turn. */
function workLong(): void {
  const end = performance.now() + 2
  while (performance.now() < end);
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('what takes long leaves the rest of its turn to others', async () => {
  const turns = createTurns()
  assert.equal(turns.isOpen(), true)
  workLong()
  assert.equal(turns.isOpen(), false)
  await nextTurn()
  assert.equal(turns.isOpen(), true)
})

test('who waits is called in order, and others have their turn after each that takes long', async () => {
  const turns = createTurns()
  const seen: string[] = []
  turns.isOpen()
  workLong()
  for (const name of ['a', 'b', 'c'])
    turns.wait(() => {
      seen.push(name)
      workLong()
    })
  assert.equal(seen.length, 0)
  for (let turn = 1; turn <= 3; turn++) {
    await nextTurn()
    seen.push(String(turn))
  }
  assert.deepEqual(seen, ['a', '1', 'b', '2', 'c', '3'])
})

test('nobody overtakes who waits', async () => {
  const turns = createTurns()
  turns.isOpen()
  workLong()
  for (let count = 0; count < 2; count++) turns.wait(workLong)
  await nextTurn()
  assert.equal(turns.isOpen(), false)
})
