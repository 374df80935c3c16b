/** docs/reference is what `npm run docs` would write now. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { generatePages, readPage } from '../../scripts/docs.ts'
import { WEFT_VERSION } from '../../src/api/version.ts'
import { loadAllCommands } from '../../src/cli/all-commands.ts'
import { COMMANDS } from '../../src/cli/command-table.ts'

test('the generated pages are up to date (else: npm run docs)', async () => {
  for (const [path, text] of await generatePages()) assert.equal(readPage(path), text, `${path} is stale`)
})

test('every command is declared under the words that find it, with two examples at least', async () => {
  const declarations = (await loadAllCommands()).map(({ declaration }) => declaration)
  assert.deepEqual(
    declarations.map(({ words }) => words),
    Object.keys(COMMANDS),
  )
  for (const { words, examples } of declarations) assert.ok(examples.length >= 2, `weft ${words}`)
})

test('weft knows its own version', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  assert.equal(WEFT_VERSION, version)
})
