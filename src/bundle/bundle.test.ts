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
import { rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test, type TestContext } from 'node:test'
import { runInThisContext } from 'node:vm'
import { WEFT, WEFTD } from './bundles.ts'
import { toScript } from './read-modules.ts'
import { joinModules } from './write-bundle.ts'

const PROJECT = join(import.meta.dirname, '../..')
const project = mkdtempSync(join(tmpdir(), 'weft-bundle-'))
const weftScript = join(project, WEFT.file)
const weftdScript = join(project, WEFTD.file)
const weftdLater = join(project, WEFTD.later ?? '')

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function run(program: 'weft' | 'weftd', words: readonly string[]): Ran {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(project, 'compile') }
  const ended = spawnSync(join(project, 'bin', program), words, { env, encoding: 'utf8' })
  return { code: ended.status, out: ended.stdout, err: ended.stderr }
}

/** As they are typed; there is no weftd to answer. */
const weft = (...words: string[]): Ran => run('weft', words)
const weftd = (): Ran => run('weftd', ['--version'])

const inode = (path: string): number => statSync(path).ino

/** Until the test ends. */
function change(t: TestContext, path: string, said: string): void {
  const file = join(project, path)
  const text = readFileSync(file, 'utf8')
  appendFileSync(file, `\nprocess.stderr.write('${said}')\n`)
  t.after(() => {
    writeFileSync(file, text)
  })
}

before(() => {
  for (const part of ['bin', 'src', 'scripts', 'package.json'])
    cpSync(join(PROJECT, part), join(project, part), { recursive: true })
  mkdirSync(join(project, 'node_modules'))
  for (const name of readdirSync(join(PROJECT, 'node_modules')).filter((each) =>
    each.startsWith('node-linux-'),
  ))
    symlinkSync(join(PROJECT, 'node_modules', name), join(project, 'node_modules', name))
})

beforeEach(() => {
  rmSync(join(project, 'node_modules/.cache'), { recursive: true, force: true })
})

after(() => {
  rmSync(project, { recursive: true })
})

test('every module of both programs is written in a manner that can be joined', () => {
  for (const bundle of [WEFT, WEFTD]) assert.ok(joinModules(PROJECT, bundle).script.includes(bundle.entry))
})

test('a module that uses the name joined modules have, or a form nobody knows, is refused', () => {
  assert.throws(() => toScript('a.ts', 'const $weft = 1'), /a\.ts uses the name \$weft/)
  assert.throws(() => toScript('a.ts', 'export default 1'), SyntaxError)
  assert.throws(() => toScript('a.ts', "export { a } from './b.ts'"), SyntaxError)
  assert.throws(() => toScript('a.ts', "import a from './b.ts'"), SyntaxError)
})

test('what one of Node’s modules is by itself has a name, as with require', () => {
  const { script } = toScript('a.ts', "import assert from 'node:assert/strict'")
  assert.match(script, /const assert = \$weft\.require\('node:assert\/strict'\)/)
})

test('a module may have names of its own for what the joined script has', () => {
  const own = 'export const load = 1\nexport const modules = 2\nexport const loaded = import.meta.url'
  assert.match(toScript('a.ts', own).script, /load = 1[^]*\{ load, modules, loaded \}/)
})

test('a module knows the directory it lies in', () => {
  const { script } = toScript('b.ts', 'export const here = import.meta.dirname')
  const begin = runInThisContext(`(${script})`) as (weft: object) => void
  const exports: { readonly here?: string } = {}
  begin({ exports, require: createRequire(import.meta.url), url: 'file:///a%20b/c.ts' })
  assert.equal(exports.here, '/a b')
})

test('the first command leaves it behind, and from then on it says the same', () => {
  const commands = [['--version'], ['help'], ['net', 'list', '--help'], ['net', 'lst'], ['vm', 'create']]
  const fromSource = commands.map((words) => {
    rmSync(weftScript, { force: true })
    return weft(...words)
  })
  assert.ok(existsSync(weftScript))
  const written = inode(weftScript)
  assert.deepEqual(
    commands.map((words) => weft(...words)),
    fromSource,
  )
  assert.equal(inode(weftScript), written, 'nothing was made anew')
})

test('a command that was changed runs as it is now', () => {
  const path = join(project, 'src/cli/commands/net/list.ts')
  const text = readFileSync(path, 'utf8')
  weft('--version')
  writeFileSync(path, text.replace('list networks', 'liszt networks'))
  assert.match(weft('net', 'list', '--help').out, /Liszt networks/)
  assert.match(readFileSync(weftScript, 'utf8'), /liszt networks/)
  writeFileSync(path, text)
  assert.match(weft('net', 'list', '--help').out, /List networks/)
})

test('so does what every command loads', (t) => {
  weft('--version')
  change(t, 'src/cli/words.ts', 'changed')
  assert.match(weft('net', 'list', '--help').err, /changed/)
})

test("weftd's first start makes it, the second runs it", () => {
  const first = weftd()
  assert.match(first.out, /^weftd \d/)
  const written = inode(weftdScript)
  appendFileSync(weftdScript, "process.stderr.write('joined')\n")
  assert.deepEqual(weftd(), { ...first, err: 'joined' })
  assert.equal(inode(weftdScript), written, 'nothing was made anew')
})

test('weftd runs nothing that was changed, and joins anew what is only loaded later', (t) => {
  weftd()
  change(t, 'src/core/errors.ts', 'changed')
  assert.equal(weftd().err, 'changed')
  const written = inode(weftdScript)
  change(t, 'src/api/openapi.ts', 'later')
  assert.equal(weftd().err, 'changed')
  assert.notEqual(inode(weftdScript), written)
  assert.ok(readFileSync(weftdLater, 'utf8').includes("'later'"))
})

test('weftd runs from the sources, and joins anew, when what it would load later is gone or of another script', () => {
  for (const spoil of [
    () => {
      rmSync(weftdLater)
    },
    () => {
      writeFileSync(weftdLater, 'f'.repeat(2000))
    },
  ]) {
    const { out } = weftd()
    const whole = readFileSync(weftdLater, 'utf8')
    spoil()
    assert.deepEqual(weftd(), { code: 0, out, err: '' })
    assert.ok(!existsSync(weftdScript), 'what is not whole is no script')
    weftd()
    assert.equal(readFileSync(weftdLater, 'utf8'), whole)
  }
})

test('what weftd loads later is where the script says', () => {
  const { script, later } = joinModules(PROJECT, WEFTD)
  const { places } = JSON.parse(/^const later = (.*)$/m.exec(script)?.[1] ?? '') as {
    places: Record<string, [number, number]>
  }
  assert.ok('src/app/create-vm.ts' in places, 'nobody has asked for a machine yet')
  assert.match(later, /^[0-9a-f]{64}\(\$weft\)/)
  for (const [path, [start, length]] of Object.entries(places))
    assert.match(later.slice(start, start + length), /^\(\$weft\) => \{[^]*\}\)\n\}$/, path)
})

test('a joined weftd that is newer than a source that was changed does not run either', (t) => {
  weftd()
  change(t, 'src/core/errors.ts', 'changed')
  const tomorrow = Date.now() / 1000 + 86_400
  utimesSync(weftdScript, tomorrow, tomorrow)
  assert.equal(weftd().err, 'changed')
  assert.ok(!existsSync(weftdScript), 'the next start makes it anew')
})

test('a script that cannot be written is done without', () => {
  writeFileSync(join(project, 'node_modules/.cache'), '')
  assert.equal(weft('--version').code, 0)
  assert.match(weftd().out, /^weftd \d/)
})
