/** Lists of elements as text. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asList, elementsIn, elementsWith, withElement, withoutElement } from './nft-list.ts'

const LISTED = ' "br1" : jump from_nat,\n\t\t\t     "br10" : jump from_nat,\n\t\t\t     "br2" . "br1" '

test('elements are found by a whole name, wherever they have it', () => {
  const list = asList(LISTED)
  assert.deepEqual(elementsIn(list), ['"br1" : jump from_nat', '"br10" : jump from_nat', '"br2" . "br1"'])
  assert.deepEqual(elementsWith(list, '"br1"'), ['"br1" : jump from_nat', '"br2" . "br1"'])
  assert.deepEqual(elementsWith(asList('"br1" . "br1"'), '"br1"'), ['"br1" . "br1"'])
  assert.deepEqual(elementsWith(list, '"br3"'), [])
})

test('an element goes in once and out again, also as the only one', () => {
  const empty = asList(' ')
  assert.deepEqual(elementsIn(empty), [])
  const one = withElement(withElement(empty, '"br1"'), '"br1"')
  assert.deepEqual(elementsIn(one), ['"br1"'])
  assert.equal(withoutElement(withoutElement(one, '"br1"'), '"br1"'), empty)
  const two = withElement(one, '"br10"')
  assert.deepEqual(elementsIn(withoutElement(two, '"br1"')), ['"br10"'])
})
