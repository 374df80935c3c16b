/** Every source file says what it is for, stays short, and lives in a folder named after its subject. */
import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import { listFiles, readProjectFile } from './source-tree.ts'

const files = ['src', 'bin', 'test', 'bench', 'scripts'].flatMap((folder) => listFiles(folder, '.ts'))
const sources = files.filter((path) => path.startsWith('src/') && !path.endsWith('.test.ts'))

/** Fixed by the design: longer files are two files. */
const MOST_LINES = 300
const SHAPELESS = ['utils', 'util', 'common', 'shared', 'misc', 'helpers', 'helper', 'lib']

test('every file opens with a doc comment that says what it is for', () => {
  const silent = files.filter((path) => !/^(#!.*\n)?\/\*\*\s*\S/.test(readProjectFile(path)))
  assert.deepEqual(silent, [])
})

test(`no source file is longer than ${MOST_LINES} lines`, () => {
  const long = sources.filter((path) => readProjectFile(path).split('\n').length - 1 > MOST_LINES)
  assert.deepEqual(long, [])
})

test('no folder and no file is called by a name that fits anything', () => {
  const shapeless = sources.filter((path) =>
    path.split('/').some((part) => SHAPELESS.includes(posix.basename(part, '.ts'))),
  )
  assert.deepEqual(shapeless, [])
})

test('there are no barrels and no default exports', () => {
  const barrels = sources.filter((path) => posix.basename(path) === 'index.ts')
  const defaults = sources.filter((path) => /^export default /m.test(readProjectFile(path)))
  assert.deepEqual([...barrels, ...defaults], [])
})

test('the only class is WeftError', () => {
  const classes = sources.flatMap((path) =>
    [...readProjectFile(path).matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm)].map(
      ([, name]) => `${path}: ${String(name)}`,
    ),
  )
  assert.deepEqual(classes, ['src/core/errors.ts: WeftError'])
})

test('nothing is left for later in a comment', () => {
  const later = sources.filter((path) => /\b(TODO|FIXME|XXX|HACK)\b/.test(readProjectFile(path)))
  assert.deepEqual(later, [])
})
