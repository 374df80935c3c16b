/** Conditions: told when they come and go. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionsOf, createConditions } from './conditions.ts'
import { createEvents } from './events.ts'
import type { WeftEvent } from './event-ports.ts'

const now = (): Date => new Date(0)
const shadow = { network: 'lab', message: "there is a route to 10.0.0.0/24 through 'tun0'" }

test('a condition is told when it comes and when it goes, and not while it lasts', () => {
  const told: WeftEvent[] = []
  const events = createEvents(() => undefined)
  events.subscribe((event) => told.push(event))
  const conditions = createConditions(events, () => [], now)

  conditions.report('shadowed', [shadow])
  conditions.report('shadowed', [shadow])
  assert.deepEqual(conditionsOf(conditions, 'lab'), [shadow.message])
  conditions.report('shadowed', [])
  assert.deepEqual(conditions.list(), [])
  assert.deepEqual(told, [
    { kind: 'condition', what: 'raised', ...shadow },
    { kind: 'condition', what: 'cleared', ...shadow },
  ])
})

test('a file that cannot be read is a condition of nobody in particular', () => {
  const conditions = createConditions(
    createEvents(() => undefined),
    () => ['lab.json is not used'],
    now,
  )
  assert.deepEqual(conditions.list(), [
    { kind: 'unreadable', network: null, message: 'lab.json is not used' },
  ])
  assert.deepEqual(conditionsOf(conditions, 'lab'), [])
})
