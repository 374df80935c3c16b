/** Reads every module a program may ever load, each as a function. Understands weft's own manner of writing modules, refuses any other. */
import { readFileSync, statSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, posix } from 'node:path'
import { Script } from 'node:vm'

export interface Module {
  /** A function of `$weft`: its exports, `load`, `lazy`, `require` and its own URL. */
  readonly script: string
  /** Loaded with it, and when it asks for them. */
  readonly imports: readonly string[]
  readonly lazyImports: readonly string[]
  /** Time of the last change and size. The time is the inode's: unlike mtime nobody can set it, a package manager included. */
  readonly stamp: readonly [changed: number, size: number]
}

/** By path inside the project, the entry first. */
export function readModules(project: string, entry: string): Map<string, Module> {
  const modules = new Map<string, Module>()
  const waiting = [entry]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (modules.has(path)) continue
    const file = join(project, path)
    const { ctimeMs, size } = statSync(file)
    const joined = toScript(path, stripTypeScriptTypes(readFileSync(file, 'utf8'), { mode: 'transform' }))
    modules.set(path, { ...joined, stamp: [ctimeMs, size] })
    waiting.push(...joined.imports, ...joined.lazyImports)
  }
  return modules
}

/** As `import.meta.dirname` has it. */
const DIRECTORY = "$weft.require('node:path').dirname($weft.require('node:url').fileURLToPath($weft.url))"

export function toScript(path: string, source: string): Omit<Module, 'stamp'> {
  if (source.includes('$weft'))
    throw new SyntaxError(`${path} uses the name $weft, which joined modules have`)
  const imports: string[] = []
  const lazyImports: string[] = []
  const names: string[] = []
  const keyIn = (list: string[], specifier: string): string => {
    const target = posix.join(posix.dirname(path), specifier)
    list.push(target)
    return JSON.stringify(target)
  }
  const loaded = (from: string): string =>
    from.startsWith('.') ? `$weft.load(${keyIn(imports, from)})` : `$weft.require('${from}')`
  const script = withoutIndentation(source)
    .replace(
      /^import (?:\* as (\w+)|(\w+(?= from 'node:)|\{[^}]*\})) from '([^']+)'/gm,
      (_, name: string | undefined, list: string | undefined, from: string) =>
        `const ${name ?? list?.replace(/ as /g, ': ') ?? ''} = ${loaded(from)}`,
    )
    .replace(/\bimport\('(\.[^']+)'\)/g, (_, from: string) => `$weft.lazy(${keyIn(lazyImports, from)})`)
    .replace(/^export ((?:const|class|(?:async )?function\*?) (\w+))/gm, (_, what: string, name: string) => {
      names.push(name)
      return what
    })
    .replaceAll('import.meta.url', '$weft.url')
    .replaceAll('import.meta.dirname', DIRECTORY)
    // With a single character beyond ASCII the engine would keep all of it in two bytes each.
    .replace(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const wrapped = `($weft) => {${script}\nObject.assign($weft.exports, { ${names.join(', ')} })\n}`
  // A form not known above is still there, and the engine says so.
  new Script(`(${wrapped})`, { filename: path })
  return { script: wrapped, imports, lazyImports }
}

/** A template literal of several lines, whose blanks are text, has a first line with an odd number of backticks. */
function withoutIndentation(source: string): string {
  const hasLongTemplate = source.split('\n').some((line) => line.split('`').length % 2 === 0)
  return hasLongTemplate ? source : source.replace(/\n\s+/g, '\n')
}
