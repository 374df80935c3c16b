/** Definitions in an editor: what is right is done after a question, what is wrong comes back with its line, and nothing typed is lost. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newRoot, PROJECT, runProgram, startWeft, until, type Ran, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('vm', 'create', 'web', '--memory', '64M', '--net', 'default')
})
after(() => weft.stop())

/** `editor` is a shell command; the file is its last word. */
const edit = (words: readonly string[], editor: string): Ran =>
  runProgram([join(PROJECT, 'bin/weft'), ...words], { WEFT_ROOT: weft.root, EDITOR: editor, VISUAL: editor })

/** At a terminal, where somebody answers each question when it comes; returns all that was seen. */
async function editThere(words: string, editor: string, answers: readonly string[]): Promise<string> {
  const env = { ...process.env, WEFT_ROOT: weft.root, EDITOR: editor, VISUAL: editor }
  const terminal = spawn('script', ['-qec', `${join(PROJECT, 'bin/weft')} ${words}`, '/dev/null'], { env })
  let seen = ''
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text))
  for (const [asked, answer] of answers.entries()) {
    await until(() => seen.split('[Y/n]').length > asked + 1)
    terminal.stdin.write(`${answer}\n`)
  }
  await until(() => terminal.exitCode !== null && terminal.stdout.readableEnded)
  return seen
}

const definition = (): string => readFileSync(join(weft.root, 'etc/weft/networks/default.json'), 'utf8')
const memory = (): string => /Memory: +(\S+ \S+)/.exec(weft.ok('vm', 'show', 'web'))?.[1] ?? ''

test('a machine is edited as YAML and as XML', () => {
  const { code, out, err } = edit(['vm', 'edit', 'web'], 'sed -i s/64M/96M/')
  assert.equal(code, 0, err)
  assert.match(out, /Machine web edited/)
  assert.equal(memory(), '96 MiB')
  assert.match(edit(['edit', 'web', '--xml'], "sed -i 's/>98304</>65536</'").out, /Machine web edited/)
  assert.equal(memory(), '64 MiB')
})

test('nothing typed changes nothing, and neither does an editor that fails or a dry run', () => {
  assert.match(edit(['vm', 'edit', 'web'], 'true').err, /nothing was changed in the definition of web/)
  const failed = edit(['vm', 'edit', 'web'], 'false')
  assert.equal(failed.code, 2)
  assert.match(failed.err, /the editor 'false' failed; nothing was changed/)
  assert.match(edit(['vm', 'edit', 'web', '--dry-run'], 'sed -i s/64M/96M/').out, /web\.json/)
  assert.equal(memory(), '64 MiB')
})

test('what is wrong is refused with its line', () => {
  const refused = edit(['vm', 'edit', 'web'], 'sed -i s/^memory:/memry:/')
  assert.notEqual(refused.code, 0)
  assert.match(refused.err, /memry[^]*memory/)
  assert.match(refused.err, /web\.yaml:\d+/)
  assert.equal(memory(), '64 MiB')
})

test('at a terminal it comes back into the editor as it was typed, until it is right and wanted', async () => {
  // The first time it makes a mistake, the second time it mends that.
  const editor = "sed -i -e 's/^memry: 64M/memory: 96M/;t' -e 's/^memory: 64M/memry: 64M/'"
  const seen = await editThere('vm edit web', editor, ['y', 'y'])
  assert.match(seen, /memry[^]*Edit again\? \[Y\/n\][^]*Do this\? \[Y\/n\][^]*Machine web edited/)
  assert.equal(memory(), '96 MiB')
  await editThere('vm edit web', 'sed -i s/96M/64M/', ['n'])
  assert.equal(memory(), '96 MiB')
})

test('a network that runs is edited where it can be, and for its next start where it cannot', async () => {
  weft.ok('net', 'start', 'default')
  const live = edit(['net', 'edit', 'default'], "sed -i 's/192.168.122.254/192.168.122.99/'")
  assert.match(live.out, /Network default edited, and changed while it runs/, live.err)
  assert.match(weft.ok('net', 'show', 'default', '--xml'), /end='192\.168\.122\.99'/)
  const renamed = 'sed -i s/virbr0/virbr7/'
  const refused = edit(['net', 'edit', 'default'], renamed)
  assert.notEqual(refused.code, 0)
  assert.match(refused.err, /cannot become virbr7[^]*--config, keeps it for the next start/)
  assert.doesNotMatch(definition(), /virbr7/)
  const seen = await editThere('net edit default', renamed, ['y', 'y'])
  assert.match(seen, /Keep it for the next start\? \[Y\/n\][^]*Do this\? \[Y\/n\][^]*Network default edited/)
  assert.match(definition(), /virbr7/)
  weft.ok('net', 'stop', 'default')
})
