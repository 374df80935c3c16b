/**
 * The CLI's modules joined into one script, because loading each by itself costs a millisecond or two, a third of a whole command.
 * The script is a cache like the compiled code: whoever ran from source leaves it behind, it holds on to no file that has
 * changed since, and without it everything works as well. Understands weft's own manner of writing modules, refuses any other.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { Script } from 'node:vm'

const ENTRY = 'src/cli/main.ts'
const FROM_SOURCE = 'src/cli/from-source.ts'
/** bin/weft looks for it there. */
const BUNDLE = 'node_modules/.cache/weft.cjs'

interface Module {
  readonly script: string
  /** Time of the last change and size. The time is the inode's: unlike mtime nobody can set it, a package manager included. */
  readonly stamp: readonly [changed: number, size: number]
}

/** Leaves the cache alone when it cannot be made: a read-only checkout, say. */
export function writeBundle(project: string): void {
  const path = join(project, BUNDLE)
  const fresh = `${path}.${process.pid}`
  try {
    const text = formatBundle(readModules(project))
    // Throws what the engine would say about it.
    new Script(text, { filename: path })
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(fresh, text)
    renameSync(fresh, path)
  } catch {
    rmSync(fresh, { force: true })
  }
}

/** By path inside the project; everything that the entry may ever load. */
export function readModules(project: string): Map<string, Module> {
  const modules = new Map<string, Module>()
  const waiting = [ENTRY]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (modules.has(path)) continue
    const file = join(project, path)
    const { ctimeMs, size } = statSync(file)
    const { script, imports } = toScript(path, stripTypeScriptTypes(readFileSync(file, 'utf8')))
    modules.set(path, { script, stamp: [ctimeMs, size] })
    waiting.push(...imports)
  }
  return modules
}

interface Joined {
  readonly script: string
  readonly imports: readonly string[]
}

/** The body of a function of `exports`, `load`, `lazy` and `here`. A form not known here stays as it is, and Script refuses it. */
function toScript(path: string, source: string): Joined {
  const imports: string[] = []
  const names: string[] = []
  const key = (specifier: string): string => {
    const target = posix.join(posix.dirname(path), specifier)
    imports.push(target)
    return JSON.stringify(target)
  }
  const loaded = (from: string): string => (from.startsWith('.') ? `load(${key(from)})` : `require('${from}')`)
  const script = source
    .replace(/^import \* as (\w+) from '([^']+)'/gm, (_, name: string, from: string) => {
      return `const ${name} = ${loaded(from)}`
    })
    .replace(/^import (\{[^}]*\}) from '([^']+)'/gm, (_, list: string, from: string) => {
      return `const ${list.replace(/ as /g, ': ')} = ${loaded(from)}`
    })
    .replace(/\bimport\('(\.[^']+)'\)/g, (_, from: string) => `lazy(${key(from)})`)
    .replace(/^export ((?:const|class|function|async function|function\*) (\w+))/gm, (_, what: string, name: string) => {
      names.push(name)
      return what
    })
    .replaceAll('import.meta.url', 'here')
  return { script: `${script}\nObject.assign(exports, { ${names.join(', ')} })`, imports }
}

function formatBundle(modules: ReadonlyMap<string, Module>): string {
  const stamps = [...modules].map(([path, { stamp }]) => [path, ...stamp])
  const functions = [...modules].map(
    ([path, { script }]) => `${JSON.stringify(path)}: (exports, here) => {${script}\n}`,
  )
  return `// Made by ${FROM_SOURCE}: may be deleted at any time.
'use strict'
const { statSync } = require('node:fs')
const project = require('node:path').join(__dirname, '../..')
const isFresh = ([path, changed, size]) => {
  const seen = statSync(project + '/' + path, { throwIfNoEntry: false })
  return seen?.ctimeMs === changed && seen.size === size
}
const modules = {
${functions.join(',\n')}
}
const loaded = new Map()
function load(path) {
  let exports = loaded.get(path)
  if (exports === undefined) {
    loaded.set(path, (exports = {}))
    modules[path](exports, 'file://' + encodeURI(project + '/' + path))
  }
  return exports
}
const lazy = async (path) => load(path)
if (${JSON.stringify(stamps)}.every(isFresh)) load('${ENTRY}')
else import(project + '/${FROM_SOURCE}')
`
}
