/** Words of the command line: which command, which arguments, which flags. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeftError } from '../core/errors.ts'
import { COMMANDS } from './command-table.ts'
import { declareCommand } from './declare.ts'
import { findCommand, parseWords } from './words.ts'

const { declaration } = declareCommand(
  {
    words: 'box make',
    summary: 'make a box',
    arguments: [
      { name: 'BOX', summary: 'its name' },
      { name: 'LID', summary: 'its lid', optional: true },
    ],
    flags: {
      size: { kind: 'text', value: 'SIZE', summary: 'its size' },
      tag: { kind: 'list', value: 'TAG', summary: 'a tag' },
      kind: { kind: 'text', choices: ['small', 'large'], summary: 'its kind' },
      open: { kind: 'switch', short: 'o', summary: 'leave it open' },
    },
    examples: [],
    changes: true,
  },
  () => Promise.resolve(undefined),
)

test('words name a command; flags may stand before, between and after', async () => {
  assert.deepEqual(await findCommand(['net', 'list', '--json']), { command: 'net list', rest: ['--json'] })
  assert.deepEqual(await findCommand(['--root', '/r', 'net', 'start', 'a']), {
    command: 'net start',
    rest: ['--root', '/r', 'a'],
  })
  assert.deepEqual(await findCommand(['history']), { command: 'history', rest: [] })
  assert.deepEqual(await findCommand([]), { command: 'help', rest: [] })
  assert.deepEqual(await findCommand(['net']), { command: 'help', rest: ['net'] })
})

test("virsh's words mean weft's", async () => {
  assert.deepEqual(await findCommand(['net-destroy', 'default']), { command: 'net stop', rest: ['default'] })
  assert.deepEqual(await findCommand(['net-dumpxml', 'a']), { command: 'net show', rest: ['--xml', 'a'] })
})

test('names that every object inherits are no commands', async () => {
  for (const word of ['constructor', '__proto__', 'toString'])
    await assert.rejects(findCommand([word, 'x']), WeftError)
})

test('arguments and flags come out by their names', async () => {
  const given = await parseWords(declaration, ['a', '--tag', 'x', '-o', '--tag=y', '--dry-run', '--', '--b'])
  assert.deepEqual(given.arguments, { BOX: 'a', LID: '--b' })
  const { size, tag, open, json, 'dry-run': dryRun } = given.flags
  assert.deepEqual(
    { size, tag, open, json, dryRun },
    {
      size: undefined,
      tag: ['x', 'y'],
      open: true,
      json: false,
      dryRun: true,
    },
  )
})

test('wrong words are refused with what to do', async () => {
  const refusals: readonly (readonly [readonly string[], RegExp, RegExp])[] = [
    [[], /needs BOX: its name/, /weft box make --help/],
    [['a', 'b', 'c'], /what to do with 'c'/, /--help/],
    [['a', '--sise', '1'], /no flag '--sise'/, /did you mean '--size'/],
    [[''], /needs BOX: its name/, /--help/],
    [['a', '--size'], /--size needs a value/, /--help/],
    [['a', '--size', '-1'], /--size needs a value/, /--size=-VALUE/],
    [['a', '-x'], /no flag '-x'/, /--help/],
    [['a', '--open=1'], /does not take an argument/, /--help/],
    [['a', '--kind', 'lagre'], /'lagre' is no value of --kind/, /did you mean 'large'/],
  ]
  for (const [words, message, hint] of refusals)
    await assert.rejects(parseWords(declaration, words), (error: WeftError) => {
      assert.equal(error.code, 'invalid-argument')
      assert.match(error.message, message)
      assert.match(error.hint ?? '', hint)
      return true
    })
})

/** Every noun that has this verb, in the order of the table. */
const allOf = (verb: string): string =>
  `say of what: ${Object.keys(COMMANDS)
    .filter((words) => words.endsWith(` ${verb}`))
    .map((words) => `weft ${words}`)
    .join(', ')}`

test('a command that nobody knows is refused with the nearest that somebody does', async () => {
  const hints: readonly (readonly [string, string])[] = [
    ['nett list', "did you mean 'weft net list'?"],
    ['networks list', "did you mean 'weft net list'?"],
    ['machine start', "did you mean 'weft vm start'?"],
    ['net lst', "did you mean 'weft net list'?"],
    ['net destroy', "did you mean 'weft net stop'?"],
    ['disk rm', "did you mean 'weft disk delete'?"],
    ['disk remove', "did you mean 'weft disk delete'?"],
    ['vm info', "did you mean 'weft vm show'?"],
    ['histroy', "did you mean 'weft history'?"],
    ['net-lst', "did you mean 'weft net-list'?"],
    ['lst', allOf('list')],
    ['resize', 'say of what: weft disk resize'],
    ['frobnicate', 'weft help'],
    ['vm frobnicate', 'weft help vm'],
  ]
  for (const [words, hint] of hints)
    await assert.rejects(findCommand(words.split(' ')), (error: WeftError) => {
      assert.equal(error.hint, hint, words)
      return true
    })
})

test('help needs no arguments', async () => {
  assert.equal((await parseWords(declaration, ['--help'])).flags['help'], true)
})
