/** Holds the code to layers.json: who may import whom, by name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layerOf, refuse, type LayerRules } from './layers.ts'
import { importsOf, listSources, readProjectFile } from './source-tree.ts'

const rules = JSON.parse(readProjectFile('layers.json')) as LayerRules
const sources = listSources()

test('every import is one that layers.json allows', () => {
  const broken = sources.flatMap((path) =>
    importsOf(path, readProjectFile(path)).flatMap((wanted) => refuse(rules, path, wanted) ?? []),
  )
  assert.deepEqual(broken, [])
})

test('every source file belongs to a layer', () => {
  assert.deepEqual(
    sources.filter((path) => layerOf(rules, path) === undefined),
    [],
  )
})

test('every entry of layers.json matches files', () => {
  const named = Object.entries(rules.layers).flatMap(([name, layer]) => [
    name,
    ...layer.may,
    ...(layer.types ?? []),
  ])
  const empty = [...new Set(named)].filter(
    (name) => !sources.some((path) => path === name || path.startsWith(`${name}/`)),
  )
  assert.deepEqual(empty, [])
})

test('every npm package of layers.json is a dependency, and every dependency has a layer', () => {
  const packageJson = JSON.parse(readProjectFile('package.json')) as { dependencies: Record<string, string> }
  const listed = Object.values(rules.layers).flatMap((layer) => layer.npm ?? [])
  assert.deepEqual([...new Set(listed)].sort(), Object.keys(packageJson.dependencies).sort())
})

const refusals: readonly [path: string, text: string, expected: string][] = [
  [
    'src/core/plan/step.ts',
    `import { readFileSync } from 'node:fs'`,
    'src/core is pure: src/core/plan/step.ts may not import node:fs',
  ],
  [
    'src/core/plan/step.ts',
    `const fs = process.getBuiltinModule('node:fs')`,
    'src/core is pure: src/core/plan/step.ts may not import node:fs',
  ],
  [
    'src/core/network/start.ts',
    `const { planVm } = await import('../vm/start.ts')`,
    'src/core is pure: src/core/network/start.ts may not import src/core/vm/start.ts',
  ],
  [
    'src/core/network/start.ts',
    `import { parse } from 'yaml'`,
    'src/core is pure: src/core/network/start.ts may not import npm package yaml',
  ],
  [
    'src/host/observe.ts',
    `import { SNAPSHOT_SECTIONS } from '../app/ports.ts'`,
    'src/host/observe.ts may not import src/app/ports.ts other than as types',
  ],
  [
    'src/app/networks.ts',
    `export { x } from '../host/observe.ts'`,
    'src/app/networks.ts may not import src/host/observe.ts',
  ],
  [
    'src/cli/main.ts',
    `import { startNetwork } from '../app/networks.ts'`,
    'src/cli/main.ts may not import src/app/networks.ts',
  ],
  ['src/misc/x.ts', `import './y.ts'`, 'src/misc/x.ts is in no layer: list its folder in layers.json'],
  [
    'src/app/networks.ts',
    `import './networks.test.ts'`,
    'src/app/networks.ts may not import a test, src/app/networks.test.ts',
  ],
]

for (const [path, text, expected] of refusals) {
  test(`refused: ${expected}`, () => {
    assert.deepEqual(
      importsOf(path, text).map((wanted) => refuse(rules, path, wanted)),
      [expected],
    )
  })
}

test('a heavy module of Node may be loaded where it is needed, but not at the top of a file', () => {
  const path = 'src/http/server.ts'
  const answers = [
    `import http from 'node:http'`,
    `import type { Server } from 'node:http'`,
    `const http = process.getBuiltinModule('node:http')`,
  ].map((text) => importsOf(path, text).map((wanted) => refuse(rules, path, wanted)))
  assert.match(answers[0]?.[0] ?? '', /may not import node:http at its top/)
  assert.deepEqual(answers.slice(1), [[undefined], [undefined]])
})

test('types may be imported where layers.json says so', () => {
  const path = 'src/host/observe.ts'
  const wanted = importsOf(path, `import type { Host } from '../app/ports.ts'`)
  assert.deepEqual(
    wanted.map((one) => refuse(rules, path, one)),
    [undefined],
  )
})
