/** The table of the protocol's calls and events. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCall, findEvent } from './find-procedure.ts'
import { PROGRAMS } from './frame.ts'

/** Of libvirt 9.0. */
const LAST = 443
/** Events as they were before registrations had numbers, which no client of today listens to. */
const OLD_EVENTS = [173, 224, 241, 248]

test('every number that libvirt 9.0 has is known, and none twice', () => {
  const numbers = Array.from({ length: LAST }, (_, i) => i + 1)
  const unknown = numbers.filter(
    (number) =>
      findCall(PROGRAMS.remote, number) === undefined && findEvent(PROGRAMS.remote, number) === undefined,
  )
  assert.deepEqual(unknown, OLD_EVENTS)
  const names = numbers.flatMap((number) => findCall(PROGRAMS.remote, number)?.name ?? [])
  assert.equal(new Set(names).size, names.length)
  assert.equal(findCall(PROGRAMS.remote, LAST + 1), undefined)
})
