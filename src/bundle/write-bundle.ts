/**
 * A program's modules joined into one script, because loading each by itself costs a millisecond or two, and memory for good. The script
 * is a cache like compiled code: it runs nothing that has changed since, and without it everything works as well.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import type { Bundle } from './bundles.ts'
import { LOADER } from './loader.ts'
import { readModules, type Module } from './read-modules.ts'

/** A SHA-256 in hexadecimal digits. */
const NAME_LENGTH = 64

/** Leaves the cache alone, and says no, when it cannot be made: a read-only checkout, say. */
export function writeBundle(project: string, bundle: Bundle): boolean {
  try {
    const { script, later } = joinModules(project, bundle)
    // Before the script that looks for it.
    if (bundle.later !== undefined) replaceFile(join(project, bundle.later), later)
    replaceFile(join(project, bundle.file), script)
    return true
  } catch {
    return false
  }
}

/** Whole or not at all: somebody may be reading it, and somebody with the same pid in another container may be writing it too. */
function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const fresh = `${path}.${randomUUID()}`
  try {
    writeFileSync(fresh, text, { mode: 0o644 })
    renameSync(fresh, path)
  } finally {
    rmSync(fresh, { force: true })
  }
}

export interface Joined {
  readonly script: string
  /** One after the other, what the script finds by place and length; its name of 64 hexadecimal digits first. '' without such a file. */
  readonly later: string
}

/** Throws a SyntaxError for a module that is written in another manner. */
export function joinModules(project: string, bundle: Bundle): Joined {
  const modules = readModules(project, bundle.entry)
  const paths = [...modules.keys()]
  const numbers = (list: readonly string[]): number[] => list.map((path) => paths.indexOf(path))
  const start = reach([bundle.entry], (path) => modules.get(path)?.imports ?? [])
  const groups = bundle.compares === 'all' ? [] : groupsAfter(start, modules)
  const isLater = (path: string): boolean => bundle.later !== undefined && !start.includes(path)
  const { text, places } = putTogether([...modules].filter(([path]) => isLater(path)))
  const now = [...modules].filter(([path]) => !isLater(path))
  const script = `// Made by src/bundle from the files below: may be deleted at any time.
'use strict'
const project = require('node:path').join(__dirname, '${posix.relative(posix.dirname(bundle.file), '.')}')
const entry = '${bundle.entry}'
const source = '${bundle.fromSource}'
const removesStale = ${String(bundle.compares === 'all')}
const stamps = ${JSON.stringify(paths.map((path) => [path, ...(modules.get(path)?.stamp ?? [])]))}
const start = ${JSON.stringify(numbers(bundle.compares === 'all' ? paths : start))}
const groups = ${JSON.stringify(Object.fromEntries(groups.map(([path, group]) => [path, numbers(group)])))}
const later = ${JSON.stringify(bundle.later === undefined ? null : { file: bundle.later, name: text.slice(0, NAME_LENGTH), places })}
const modules = {
${now.map(([path, { script }]) => `${JSON.stringify(path)}: ${script}`).join(',\n')}
}
${LOADER}`
  return { script, later: bundle.later === undefined ? '' : text }
}

/** Of ASCII only, as the modules are: a place is one in bytes, too. */
function putTogether(modules: readonly (readonly [string, Module])[]): {
  readonly text: string
  readonly places: Readonly<Record<string, readonly [start: number, length: number]>>
} {
  const places: Record<string, readonly [number, number]> = {}
  const scripts = modules.map(([, { script }]) => script)
  let text = createHash('sha256').update(scripts.join('\n')).digest('hex')
  for (const [path, { script }] of modules) {
    places[path] = [text.length, script.length]
    text += script
  }
  return { text, places }
}

/** For each module that what begins may ask for: all that this one may load in turn. */
function groupsAfter(
  start: readonly string[],
  modules: ReadonlyMap<string, Module>,
): (readonly [path: string, group: readonly string[]])[] {
  const next = (path: string): string[] => {
    const module = modules.get(path)
    return [...(module?.imports ?? []), ...(module?.lazyImports ?? [])]
  }
  return start
    .flatMap((path) => modules.get(path)?.lazyImports ?? [])
    .map((path) => [path, reach([path], next).filter((each) => !start.includes(each))] as const)
}

/** In the order they are come upon. */
function reach(from: readonly string[], next: (path: string) => readonly string[]): string[] {
  const reached = new Set(from)
  for (const path of reached) for (const each of next(path)) reached.add(each)
  return [...reached]
}
