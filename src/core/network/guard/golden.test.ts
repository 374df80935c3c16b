/** Networks with firewalls and what `nft list table bridge weft` says of them, side by side in golden/. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { GOLDEN_GUARDS } from './golden-guards.ts'
import { formatGuardTable, guardChanges, parseGuardTable } from './guard-text.ts'
import { guardOf } from './network-guard.ts'
import { assertGolden } from '../../../../test/support/golden.ts'

for (const { name, network, ports } of GOLDEN_GUARDS) {
  test(`${name}: the table is as it was`, () => {
    const path = join(import.meta.dirname, 'golden', `${name}.nft`)
    const table = guardOf(network, ports)
    assert.ok(table)
    const text = formatGuardTable(table)
    assertGolden(path, text)
    assert.deepEqual(guardChanges(parseGuardTable(text), table), [])
  })
}
