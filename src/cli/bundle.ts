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
  /** The body of a function of `exports`, `load`, `lazy` and `here`. */
  readonly script: string
  /** Loaded with it, and when it asks for them. */
  readonly imports: readonly string[]
  readonly lazyImports: readonly string[]
  /** Time of the last change and size. The time is the inode's: unlike mtime nobody can set it, a package manager included. */
  readonly stamp: readonly [changed: number, size: number]
}

/** Leaves the cache alone when it cannot be made: a read-only checkout, say. */
export function writeBundle(project: string): void {
  const path = join(project, BUNDLE)
  const fresh = `${path}.${process.pid}`
  try {
    const text = formatBundle(readModules(project))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(fresh, text, { mode: 0o644 })
    renameSync(fresh, path)
  } catch {
    rmSync(fresh, { force: true })
  }
}

/** By path inside the project; everything that the entry may ever load. */
function readModules(project: string): Map<string, Module> {
  const modules = new Map<string, Module>()
  const waiting = [ENTRY]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (modules.has(path)) continue
    const file = join(project, path)
    const { ctimeMs, size } = statSync(file)
    const joined = toScript(path, stripTypeScriptTypes(readFileSync(file, 'utf8')))
    modules.set(path, { ...joined, stamp: [ctimeMs, size] })
    waiting.push(...joined.imports, ...joined.lazyImports)
  }
  return modules
}

function toScript(path: string, source: string): Omit<Module, 'stamp'> {
  const imports: string[] = []
  const lazyImports: string[] = []
  const names: string[] = []
  const keyIn = (list: string[], specifier: string): string => {
    const target = posix.join(posix.dirname(path), specifier)
    list.push(target)
    return JSON.stringify(target)
  }
  const loaded = (from: string): string =>
    from.startsWith('.') ? `load(${keyIn(imports, from)})` : `require('${from}')`
  const script = source
    .replace(
      /^import (?:\* as (\w+)|(\{[^}]*\})) from '([^']+)'/gm,
      (_, name: string | undefined, list: string | undefined, from: string) =>
        `const ${name ?? list?.replace(/ as /g, ': ') ?? ''} = ${loaded(from)}`,
    )
    .replace(/\bimport\('(\.[^']+)'\)/g, (_, from: string) => `lazy(${keyIn(lazyImports, from)})`)
    .replace(/^export ((?:const|class|(?:async )?function\*?) (\w+))/gm, (_, what: string, name: string) => {
      names.push(name)
      return what
    })
    .replaceAll('import.meta.url', 'here')
    // With a single character beyond ASCII the engine would keep all of it in two bytes each.
    .replace(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const wrapped = `(exports, here) => {${script}\nObject.assign(exports, { ${names.join(', ')} })\n}`
  // A form not known above is still there, and the engine says so.
  new Script(`(${wrapped})`, { filename: path })
  return { script: wrapped, imports, lazyImports }
}

function formatBundle(modules: ReadonlyMap<string, Module>): string {
  const paths = [...modules.keys()]
  const start = reach([ENTRY], (path) => modules.get(path)?.imports ?? [])
  const later = (path: string): string[] =>
    reach([path], (each) => [
      ...(modules.get(each)?.imports ?? []),
      ...(modules.get(each)?.lazyImports ?? []),
    ])
  const numbers = (list: readonly string[]): number[] => list.map((path) => paths.indexOf(path))
  const groups = start
    .flatMap((path) => modules.get(path)?.lazyImports ?? [])
    .map((path) => [path, numbers(later(path).filter((each) => !start.includes(each)))] as const)
  return `// Made by ${FROM_SOURCE} from the files below: may be deleted at any time.
'use strict'
const project = require('node:path').join(__dirname, '../..')
const stamps = ${JSON.stringify(paths.map((path) => [path, ...(modules.get(path)?.stamp ?? [])]))}
const start = ${JSON.stringify(numbers(start))}
const groups = ${JSON.stringify(Object.fromEntries(groups))}
const modules = {
${[...modules].map(([path, { script }]) => `${JSON.stringify(path)}: ${script}`).join(',\n')}
}
${LOADER}`
}

/** In the order they are come upon. */
function reach(from: readonly string[], next: (path: string) => readonly string[]): string[] {
  const reached = new Set(from)
  for (const path of reached) for (const each of next(path)) reached.add(each)
  return [...reached]
}

/**
 * Two looks: at what every command loads, before anything runs, and at all that the command typed may load, before that runs. Whoever
 * sees a changed file hands over to the source, where the command begins anew; what has begun stays with what it began with.
 */
const LOADER = `
const { statSync } = require('node:fs')
const isFresh = (index) => {
  const [path, changed, size] = stamps[index]
  const seen = statSync(project + '/' + path, { throwIfNoEntry: false })
  return seen?.ctimeMs === changed && seen.size === size
}
const fromSource = () => import(project + '/${FROM_SOURCE}')
const loaded = new Map()
function load(path) {
  let exports = loaded.get(path)
  if (exports === undefined) {
    loaded.set(path, (exports = {}))
    modules[path](exports, 'file://' + encodeURI(project + '/' + path))
  }
  return exports
}
let hasBegun = false
async function lazy(path) {
  if (!hasBegun && !groups[path].every(isFresh)) {
    await fromSource()
    return new Promise(() => {})
  }
  hasBegun = true
  return load(path)
}
if (start.every(isFresh)) load('${ENTRY}')
else fromSource()
`
