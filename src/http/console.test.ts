/** What somebody who joins a console is shown of the past. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sinceClear } from './console.ts'

const shown = (text: string): string => sinceClear(Buffer.from(text)).toString()

test('without a clearing, everything', () => {
  assert.equal(shown('booting ...\r\nlogin: '), 'booting ...\r\nlogin: ')
})

test('what was cleared from the screen is not shown again', () => {
  assert.equal(shown('old é\u001b[H\u001b[Jmiddle\u001b[H\u001b[J\rfirst:/# '), '\rfirst:/# ')
  assert.equal(shown('old\u001b[H\u001b[2J\u001b[3Jnew'), 'new')
  assert.equal(shown('old\u001bcnew'), 'new')
})

test('moving the cursor and erasing a line clears no screen', () => {
  assert.equal(shown('a\u001b[Kb\u001b[1;5Hc'), 'a\u001b[Kb\u001b[1;5Hc')
})
