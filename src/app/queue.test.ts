/** Changes to one object wait for each other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from './events.ts'
import { createQueue } from './queue.ts'

test('work on one object runs in order, one at a time, also after a failure', async () => {
  const queue = createQueue()
  const seen: string[] = []
  const work = (name: string, fails: boolean) => async () => {
    seen.push(`${name} begins`)
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(`${name} ends`)
    if (fails) throw new Error(name)
    return name
  }
  const first = queue.run('net', work('one', true))
  const second = queue.run('net', work('two', false))
  await assert.rejects(first, /one/)
  assert.equal(await second, 'two')
  assert.deepEqual(seen, ['one begins', 'one ends', 'two begins', 'two ends'])
})

test('work on different objects overlaps', async () => {
  const queue = createQueue()
  let release = (): void => undefined
  const held = queue.run('a', () => new Promise<void>((resolve) => (release = resolve)))
  assert.equal(await queue.run('b', () => Promise.resolve('done')), 'done')
  release()
  await held
})

test('whoever only waits lets the others have their turns, and queues anew', async () => {
  const queue = createQueue()
  const seen: string[] = []
  let arrive = (): void => undefined
  const waiting = queue.run('a', async (lend) => {
    seen.push('one begins')
    await lend(() => new Promise<void>((resolve) => (arrive = resolve)))
    seen.push('one goes on')
    await assert.rejects(
      lend(() => Promise.reject(new Error('in vain'))),
      /in vain/,
    )
    seen.push('one ends')
  })
  const other = (name: string) => queue.run('a', () => Promise.resolve(seen.push(name)))
  await other('two')
  const third = queue.run('a', async () => {
    seen.push('three begins')
    arrive()
    await new Promise((resolve) => setImmediate(resolve))
    seen.push('three ends')
  })
  await Promise.all([waiting, third, other('four')])
  assert.deepEqual(seen.slice(0, 5), ['one begins', 'two', 'three begins', 'three ends', 'four'])
  assert.deepEqual(seen.slice(5), ['one goes on', 'one ends'])
})

test('a listener that throws or leaves disturbs no other', () => {
  const errors: unknown[] = []
  const events = createEvents((error) => errors.push(error))
  const seen: string[] = []
  const leave = events.subscribe(() => {
    throw new Error('mine')
  })
  events.subscribe((event) => seen.push(event.kind))
  events.emit({ kind: 'firewall', what: 'repaired' })
  leave()
  events.emit({ kind: 'firewall', what: 'repaired' })
  assert.deepEqual(seen, ['firewall', 'firewall'])
  assert.equal(errors.length, 1)
})
