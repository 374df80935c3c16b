/** What people read: tables that fit, errors with their lines, diffs. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { WeftError } from '../../core/errors.ts'
import { formatDiff } from './diff.ts'
import { formatError } from './error.ts'
import { formatFacts, formatTable } from './table.ts'

test('a table is as wide as it must be, without tabs and without blanks at the end', () => {
  const text = formatTable(['Name', 'State'], [['default', 'active']], { width: undefined })
  assert.equal(text, ' Name      State\n-------------------\n default   active\n')
  assert.equal(formatTable(['Name'], [], { width: undefined }), ' Name\n-------\n')
})

test('a table that just fits is not cut for the blanks behind it', () => {
  const text = formatTable(['Name', 'What'], [['default', 'w'.repeat(69)]], { width: 80 })
  const lines = text.trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => line.length),
    [15, 80, 80],
  )
  assert.doesNotMatch(text, /…/)
})

test('on a narrow terminal the widest column gives way', () => {
  const text = formatTable(['Name', 'What'], [['default', 'w'.repeat(100)]], { width: 80 })
  for (const line of text.split('\n')) assert.ok(Array.from(line).length <= 80, line)
  assert.match(text, /default {3}w+…$/m)
})

test('an error is a sentence, labelled lines, and what to try', () => {
  const error = new WeftError('command-failed', "could not start network 'default'", {
    details: [
      ['while', 'guests of default reach the outside'],
      ['ran', 'nft -f -'],
      ['it said', 'Error: Could not process rule\nOperation not supported'],
      ['undone', '3 of 3 earlier steps'],
    ],
    hint: 'modprobe nft_masq',
  })
  assert.equal(
    formatError(error, false),
    `weft: could not start network 'default'
  while   guests of default reach the outside
  ran     nft -f -
  it said Error: Could not process rule
          Operation not supported
  undone  3 of 3 earlier steps
  try     modprobe nft_masq
`,
  )
})

test('of a long line what is around the place is shown, and nothing that would command the terminal', () => {
  const directory = mkdtempSync(join(tmpdir(), 'weft-views-'))
  const file = join(directory, 'bad.json')
  writeFileSync(file, `${'x'.repeat(1000)}\u001b[31m\u0007${'y'.repeat(1000)}`)
  const error = new WeftError('invalid-definition', 'bad.json is not acceptable', {
    details: [['file', file]],
    problems: [{ path: 'x', message: 'wrong', line: 1, column: 1001 }],
  })
  const lines = formatError(error, false).split('\n')
  assert.equal(lines[2], `    ${'x'.repeat(80)}?[31m?${'y'.repeat(74)}`)
  assert.equal(lines[3], `    ${' '.repeat(80)}^`)
  rmSync(directory, { recursive: true })
})

test('a problem in a file is shown under its line, the caret under its column, tabs and all', () => {
  const directory = mkdtempSync(join(tmpdir(), 'weft-views-'))
  const file = join(directory, 'bad.xml')
  writeFileSync(file, '<network>\n\t<brigde/>\n</network>\n')
  const error = new WeftError('invalid-definition', `${file} is not acceptable`, {
    details: [['file', file]],
    problems: [
      { path: 'brigde', message: '<brigde> is unknown', line: 2, column: 2, hint: "did you mean 'bridge'?" },
    ],
  })
  assert.equal(
    formatError(error, false),
    `weft: ${file} is not acceptable\n${file}:2:2: <brigde> is unknown\n    \t<brigde/>\n    \t^\n    did you mean 'bridge'?\n`,
  )
  rmSync(directory, { recursive: true })
})

test('facts stand under each other', () => {
  assert.equal(
    formatFacts([
      ['Name', 'a'],
      ['Autostart', 'no'],
    ]),
    'Name:       a\nAutostart:  no\n',
  )
})

test('a diff has a heading a subject that says how to look by hand', () => {
  const change = {
    number: 3,
    title: "start network 'default'",
    by: 'ada',
    at: '2026-01-02T03:04:05.678Z',
    durationMs: 26,
    outcome: 'done',
    script: '',
  }
  const text = formatDiff({ ...change, diff: [{ section: 'links', lines: ['+virbr0', '+    up'] }] }, false)
  assert.equal(
    text,
    `Change 3: start network 'default'
done, by ada, 2026-01-02 03:04:05 UTC, 26 ms

links: network interfaces (by hand: ip link)
  +virbr0
  +    up
`,
  )
  assert.match(formatDiff({ ...change, diff: [] }, false), /Nothing on this host is different/)
  assert.match(formatDiff({ ...change, diff: [{ section: 'links', lines: ['+a'] }] }, true), /\u001b\[32m\+a/)
})
