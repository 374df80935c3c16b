/** Elements put into and taken out of a listing, as the kernel would have it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeElements, elementEvents } from './nft-elements.ts'
import { elementsThere, formatRuleset, parseRuleset } from './nft-ruleset.ts'

const ADD =
  'add element inet weft nat { "virbr0", "virbr1" }\nadd element inet weft from { "virbr0" : jump from_nat }\n'

test('elements go into the empty sets of a listing and out again', () => {
  const empty = formatRuleset([])
  const full = changeElements(empty, ADD) ?? ''
  const parsed = parseRuleset(full)
  const elements = elementsThere(parsed)
  assert.deepEqual(elements.nat, ['"virbr0"', '"virbr1"'])
  assert.deepEqual(elements.from, ['"virbr0" : jump from_nat'])
  assert.ok(parsed.isIntact)
  const less = changeElements(full, 'delete element inet weft nat { "virbr0" }\n') ?? ''
  assert.deepEqual(elementsThere(parseRuleset(less)).nat, ['"virbr1"'])
  assert.equal(changeElements(full, ADD.replaceAll('add', 'delete')), empty)
})

test('what is no element of a set that is there has to be listed', () => {
  assert.equal(changeElements(formatRuleset([]), 'flush table inet weft\n'), undefined)
  assert.equal(changeElements('table inet weft {\n}\n', ADD), undefined)
})

test('nft monitor tells each element by itself', () => {
  assert.deepEqual(elementEvents(ADD), [
    'add element inet weft nat { "virbr0" }',
    'add element inet weft nat { "virbr1" }',
    'add element inet weft from { "virbr0" : jump from_nat }',
  ])
  assert.equal(elementEvents('delete table inet weft\n'), undefined)
})
