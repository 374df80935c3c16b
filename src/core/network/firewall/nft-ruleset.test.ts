/** The firewall table as text: what is read back is what was meant, whatever nft's version makes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GOLDEN_CASES } from '../golden-cases.ts'
import { elementsOf, elementsThere, formatRuleset, parseRuleset, SET_NAMES } from './nft-ruleset.ts'

const networks = ['nat', 'isolated', 'second'].flatMap(
  (name) => GOLDEN_CASES.find((golden) => golden.name === name)?.wanted ?? [],
)

test('what is formatted is read back', () => {
  const parsed = parseRuleset(formatRuleset(networks))
  const elements = elementsThere(parsed)
  assert.equal(parsed.isIntact, true)
  for (const set of SET_NAMES) {
    assert.deepEqual(elements[set], networks.flatMap((network) => elementsOf(network)[set]).sort())
  }
})

test('a table without networks has empty sets', () => {
  assert.deepEqual(Object.values(elementsThere(parseRuleset(formatRuleset([])))).flat(), [])
})

test('spellings of other versions of nft are the same table', () => {
  const older = formatRuleset(networks)
    .replaceAll('\t\treject\n', '\t\treject with icmpx type port-unreachable\n')
    .replaceAll('missing reject', 'missing reject with icmpx type port-unreachable')
    .replace('priority filter', 'priority 0')
    .replace('priority srcnat', 'priority 100')
  assert.equal(parseRuleset(older).isIntact, true)
})

test('a rule taken away, added or changed is noticed', () => {
  const listing = formatRuleset(networks)
  const changes: ((text: string) => string)[] = [
    (text) => text.replace('\t\tct state established,related accept\n', ''),
    (text) => text.replace('\t\tmasquerade\n', '\t\tmasquerade\n\t\tmasquerade\n'),
    (text) => text.replace('policy accept', 'policy drop'),
    (text) => text.replace('iifname vmap @from', 'iifname vmap @to'),
  ]
  for (const change of changes) {
    assert.notEqual(change(listing), listing)
    assert.equal(parseRuleset(change(listing)).isIntact, false)
  }
})
