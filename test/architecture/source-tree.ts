/** The project as the architecture tests see it: its files and what each imports, read with TypeScript's own parser. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const PROJECT = join(dirname(fileURLToPath(import.meta.url)), '../..')

export interface Import {
  /** Path from the project for relative imports (`src/core/errors.ts`), else as written (`node:fs`, `yaml`). */
  readonly target: string
  readonly kind: 'file' | 'node' | 'npm'
  /** `import type`, erased before it runs. */
  readonly isTypeOnly: boolean
  /** `import()` or `process.getBuiltinModule()`: loaded when the call is reached, not with the file. */
  readonly isLazy: boolean
}

const SKIPPED = new Set(['node_modules', '.git', 'coverage'])

/** Paths from the project, sorted: `listFiles('src', '.ts')`. A folder that is not there has none. */
export function listFiles(folder: string, ending: string): string[] {
  if (!existsSync(join(PROJECT, folder))) return []
  const found = readdirSync(join(PROJECT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : listFiles(path, ending)
    return entry.isFile() && path.endsWith(ending) ? [path] : []
  })
  return found.sort()
}

export const readProjectFile = (path: string): string => readFileSync(join(PROJECT, path), 'utf8')

/** Source proper: tests beside the files may import what they like. */
export function listSources(): string[] {
  return listFiles('src', '.ts').filter((path) => !path.endsWith('.test.ts'))
}

/** Every import of a file, in the order in which they stand. */
export function importsOf(path: string, text: string): Import[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found: Import[] = []
  const add = (written: string, isTypeOnly: boolean, isLazy: boolean): void => {
    found.push({ ...resolveImport(path, written), isTypeOnly, isLazy })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(literal(node.moduleSpecifier), isTypeOnlyImport(node), false)
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
      add(literal(node.moduleSpecifier), node.isTypeOnly, false)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(literal(node.argument.literal), true, false)
    else if (ts.isCallExpression(node) && isLoadingCall(node)) add(literal(node.arguments[0]), false, true)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function resolveImport(from: string, written: string): Pick<Import, 'target' | 'kind'> {
  if (written.startsWith('.')) return { target: posix.join(dirname(from), written), kind: 'file' }
  if (written.startsWith('node:')) return { target: written, kind: 'node' }
  if (ts.sys.fileExists(join(PROJECT, 'node_modules', packageName(written), 'package.json')))
    return { target: packageName(written), kind: 'npm' }
  return { target: written, kind: 'node' }
}

function packageName(written: string): string {
  return written
    .split('/')
    .slice(0, written.startsWith('@') ? 2 : 1)
    .join('/')
}

function isTypeOnlyImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const names = clause.namedBindings
  return (
    clause.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.length > 0 &&
    names.elements.every((element) => element.isTypeOnly)
  )
}

/** `import(x)`, `require(x)` and `process.getBuiltinModule(x)`. */
function isLoadingCall(node: ts.CallExpression): boolean {
  const called = node.expression
  if (called.kind === ts.SyntaxKind.ImportKeyword) return true
  if (ts.isIdentifier(called)) return called.text === 'require' || called.text === 'getBuiltinModule'
  return ts.isPropertyAccessExpression(called) && called.name.text === 'getBuiltinModule'
}

function literal(node: ts.Node | undefined): string {
  if (node !== undefined && ts.isStringLiteralLike(node)) return node.text
  // A computed name cannot be checked against layers.json: it is reported as a module of that odd name.
  return `node:${node === undefined ? 'nothing' : node.getText()}`
}
