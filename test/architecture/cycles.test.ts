/**
 * No file imports itself, by any way round, when it is loaded. `import()` inside a function is not followed: the table of commands loads the
 * one that was typed, and `help` lists the table.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importsOf, listSources, readProjectFile } from './source-tree.ts'

type Graph = ReadonlyMap<string, readonly string[]>

/** One path round for each file on which a cycle was closed: `a.ts → b.ts → a.ts`. */
function findCycles(graph: Graph): string[] {
  const finished = new Set<string>()
  const cycles: string[] = []
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at !== -1) cycles.push([...trail.slice(at), path].join(' → '))
    if (at !== -1 || finished.has(path)) return
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path])
    finished.add(path)
  }
  for (const path of graph.keys()) walk(path, [])
  return cycles
}

test('no two files import each other, directly or through others', () => {
  const graph: Graph = new Map(
    listSources().map((path) => [
      path,
      importsOf(path, readProjectFile(path)).flatMap((wanted) =>
        wanted.kind === 'file' && !wanted.isTypeOnly && !wanted.isLazy ? [wanted.target] : [],
      ),
    ]),
  )
  assert.deepEqual(findCycles(graph), [])
})

test('a cycle is told as the way round', () => {
  const graph: Graph = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['c.ts', 'd.ts']],
    ['c.ts', ['a.ts']],
    ['d.ts', []],
  ])
  assert.deepEqual(findCycles(graph), ['a.ts → b.ts → c.ts → a.ts'])
})
