/** The kernel's neighbour table, as `ip` tells it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseNeighbours } from './neighbours.ts'

test('who does not answer is nobody, and who was heard last comes first', () => {
  const entry = (dst: string, state: string, lladdr?: string): object => ({
    dst,
    dev: 'virbr0',
    ...(lladdr === undefined ? {} : { lladdr }),
    state: [state],
  })
  const answer = [
    entry('10.0.0.2', 'STALE', '52:54:00:00:00:0A'),
    entry('10.0.0.3', 'FAILED'),
    entry('10.0.0.4', 'FAILED', '52:54:00:00:00:0b'),
    entry('fe80::1', 'REACHABLE', '52:54:00:00:00:0a'),
  ]
  assert.deepEqual(
    parseNeighbours(answer).map(({ ip, mac }) => [ip, mac]),
    [
      ['fe80::1', '52:54:00:00:00:0a'],
      ['10.0.0.2', '52:54:00:00:00:0a'],
    ],
  )
})
