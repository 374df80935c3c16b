/** Networks with firewalls and what `nft list table bridge weft` says of them, side by side in golden/. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { test } from 'node:test'
import { GOLDEN_GUARDS } from './golden-guards.ts'
import { formatGuardTable, guardChanges, parseGuardTable } from './guard-text.ts'
import { guardOf } from './network-guard.ts'

for (const { name, network, ports } of GOLDEN_GUARDS) {
  test(`${name}: the table is as it was`, () => {
    const path = join(import.meta.dirname, 'golden', `${name}.nft`)
    const table = guardOf(network, ports)
    assert.ok(table)
    const text = formatGuardTable(table)
    if (env['WEFT_GOLDEN'] === 'write') {
      mkdirSync(join(import.meta.dirname, 'golden'), { recursive: true })
      writeFileSync(path, text)
    }
    assert.equal(text, readFileSync(path, 'utf8'))
    assert.deepEqual(guardChanges(parseGuardTable(text), table), [])
  })
}
