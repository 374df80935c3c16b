/** The joined modules do what the modules do, and never what the modules did. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
} from 'node:fs'
import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

const PROJECT = join(import.meta.dirname, '../..')
const project = mkdtempSync(join(tmpdir(), 'weft-bundle-'))
const bundle = join(project, 'node_modules/.cache/weft.cjs')

/** As bin/weft is typed, with no weftd to answer. */
function weft(...words: string[]): { code: number | null; out: string; err: string } {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(project, 'compile') }
  const ended = spawnSync(join(project, 'bin/weft'), words, { env, encoding: 'utf8' })
  return { code: ended.status, out: ended.stdout, err: ended.stderr }
}

before(() => {
  for (const part of ['bin', 'src', 'package.json'])
    cpSync(join(PROJECT, part), join(project, part), { recursive: true })
  mkdirSync(join(project, 'node_modules'))
  for (const name of readdirSync(join(PROJECT, 'node_modules')).filter((each) =>
    each.startsWith('node-linux-'),
  ))
    symlinkSync(join(PROJECT, 'node_modules', name), join(project, 'node_modules', name))
})

after(() => {
  rmSync(project, { recursive: true })
})

test('the first command leaves it behind, and from then on it says the same', () => {
  const commands = [['--version'], ['help'], ['net', 'list', '--help'], ['net', 'lst'], ['vm', 'create']]
  const fromSource = commands.map((words) => {
    rmSync(bundle, { force: true })
    return weft(...words)
  })
  assert.ok(existsSync(bundle))
  const { ino } = statSync(bundle)
  assert.deepEqual(
    commands.map((words) => weft(...words)),
    fromSource,
  )
  assert.equal(statSync(bundle).ino, ino, 'nothing was made anew')
})

test('a command that was changed runs as it is now', () => {
  const path = join(project, 'src/cli/commands/net/list.ts')
  const text = readFileSync(path, 'utf8')
  weft('--version')
  writeFileSync(path, text.replace('list networks', 'liszt networks'))
  assert.match(weft('net', 'list', '--help').out, /Liszt networks/)
  assert.match(readFileSync(bundle, 'utf8'), /liszt networks/)
  writeFileSync(path, text)
  assert.match(weft('net', 'list', '--help').out, /List networks/)
})

test('so does what every command loads', () => {
  weft('--version')
  appendFileSync(join(project, 'src/cli/words.ts'), '\nprocess.stderr.write("changed")\n')
  assert.match(weft('net', 'list', '--help').err, /changed/)
})

test('a bundle that cannot be written is done without', () => {
  rmSync(join(project, 'node_modules/.cache'), { recursive: true })
  writeFileSync(join(project, 'node_modules/.cache'), '')
  assert.equal(weft('--version').code, 0)
})
