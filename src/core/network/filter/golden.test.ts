/** What each filter is to nft, side by side in golden/. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertGolden } from '../../../../test/support/golden.ts'
import { formatGuardTable, guardChanges, parseGuardTable } from '../guard/guard-text.ts'
import { isSharedChain } from '../guard/guard-table.ts'
import { labelled } from './filter-chains.ts'
import { flattenFilter } from './flatten-filter.ts'
import { filteredTable, GOLDEN_FILTERS } from './golden-filters.ts'
import { STOCK_FILTERS } from './stock-filters.ts'

const MAC = [{ name: 'MAC', value: '52:54:00:00:00:01' }]

test('every filter is what it was, and read back as it was written', () => {
  const texts = GOLDEN_FILTERS.map((filter) => {
    const table = filteredTable(filter)
    assert.ok(table, filter.name)
    assert.deepEqual(guardChanges(parseGuardTable(formatGuardTable(table)), table), [], filter.name)
    const chains = new Map([...table.chains].filter(([name]) => !isSharedChain(name)))
    const maps = ['filter_in', 'filter_out'].map(
      (name) => `# ${name}: ${(table.sets.get(name)?.elements ?? []).join(', ')}\n`,
    )
    return `# ${filter.name}\n${maps.join('')}${formatGuardTable({ sets: new Map(), chains })}`
  })
  assertGolden(join(import.meta.dirname, 'golden', 'filters.nft'), texts.join('\n'))
})

test('what all ports with filters share', () => {
  const [first] = GOLDEN_FILTERS
  assert.ok(first)
  const table = filteredTable(first)
  assert.ok(table)
  const chains = new Map([...table.chains].filter(([name]) => name.startsWith('filter')))
  const sets = new Map([...table.sets].filter(([name]) => name.startsWith('filter')))
  assertGolden(join(import.meta.dirname, 'golden', 'shared.nft'), formatGuardTable({ sets, chains }))
})

test('a name as long as a file may have one is shortened to what nft takes in a comment', () => {
  const [rule] = flattenFilter({ name: 'no-mac-spoofing', variables: MAC, filters: STOCK_FILTERS })
  assert.ok(rule)
  const line = labelled({ ...rule, filter: 'ö'.repeat(120) }, 'accept')
  const words = /^accept comment "(ö+ -?\d+ #[\da-f]{8})"$/.exec(line)?.[1]
  assert.ok(words !== undefined, line)
  assert.ok(new TextEncoder().encode(words).length <= 128, words)
})
