/** Completion: words, flags, and names of objects from weftd; and the real bash using it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newRoot, PROJECT, runProgram, runWeft, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
})
after(() => weft.stop())

const complete = (...words: string[]): string[] =>
  weft
    .ok('__complete', ...words)
    .split('\n')
    .filter((word) => word !== '')

test('nouns, verbs and flags', () => {
  assert.ok(complete('').includes('net'))
  assert.ok(!complete('').some((word) => word.startsWith('__')))
  assert.deepEqual(complete('net', 'st'), ['start', 'stop'])
  assert.deepEqual(complete('net', 'start', 'default', '--dr'), ['--dry-run'])
  assert.deepEqual(complete('disk', 'create', 'a', '--format', ''), ['qcow2', 'raw'])
})

test('names come from weftd, of the root that is named', () => {
  assert.deepEqual(complete('net', 'start', ''), ['default'])
  assert.deepEqual(complete('--root', weft.root, 'net', 'start', 'd'), ['default'])
  assert.deepEqual(complete('vm', 'create', 'a', '--net', ''), ['default'])
  assert.deepEqual(complete('diff', ''), ['1'])
})

test('without weftd there are no names and no noise', () => {
  const ran = runWeft(newRoot(), ['__complete', 'net', 'start', ''])
  assert.deepEqual(ran, { code: 0, out: '', err: '' })
})

test('bash completes with it', () => {
  const script = `
    PATH=${join(PROJECT, 'bin')}:$PATH
    source <(weft completion bash)
    COMP_WORDS=(weft net start d) COMP_CWORD=3
    _weft
    printf '%s\\n' "\${COMPREPLY[@]}"
  `
  const ran = runProgram(['bash', '-c', script], { WEFT_ROOT: weft.root })
  assert.equal(ran.out, 'default\n', ran.err)
})

test('each shell is served, and an unknown one is told', () => {
  for (const shell of ['bash', 'zsh', 'fish']) assert.match(weft.ok('completion', shell), /weft __complete/)
  const unknown = weft.run(['completion', 'tcsh'])
  assert.equal(unknown.code, 2)
  assert.match(unknown.err, /bash, zsh or fish/)
})
