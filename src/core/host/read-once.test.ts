/** What is remembered is what would be made anew, whatever has changed in between. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { madeOnce } from './read-once.ts'

test('law: what is made once of something and facts is never of other facts, nor of something else', () => {
  const subjects = [{ name: 'a' }, { name: 'b' }] as const
  const asked = fc.record({
    subject: fc.constantFrom(...subjects),
    facts: fc.array(fc.nat(1), { maxLength: 3 }),
  })
  fc.assert(
    fc.property(fc.array(asked), (all) => {
      const made = madeOnce(({ name }: { name: string }, ...facts: number[]) => [name, ...facts])
      for (const { subject, facts } of all) {
        const found = made(subject, ...facts)
        assert.deepEqual(found, [subject.name, ...facts])
        assert.equal(made(subject, ...facts), found)
      }
    }),
  )
})
