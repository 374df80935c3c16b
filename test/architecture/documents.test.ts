/** Documents say what is there: folders, layers, links, numbers of decisions, commands. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { test } from 'node:test'
import { COMMANDS, VIRSH_WORDS } from '../../src/cli/command-table.ts'
import { allFlags } from '../../src/cli/declare.ts'
import type { LayerRules } from './layers.ts'
import { listFiles, listSources, PROJECT, readProjectFile } from './source-tree.ts'

const rules = JSON.parse(readProjectFile('layers.json')) as LayerRules
const documents = listFiles('.', '.md').map((path) => posix.normalize(path))

/** Rows of the first table under a heading, cells without backticks. */
function tableUnder(document: string, heading: string): string[][] {
  const section = readProjectFile(document).split(`\n## ${heading}\n`)[1]?.split('\n## ')[0]
  assert.ok(section, `${document} has a section '${heading}'`)
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('`', '').trim()),
  )
}

test('ARCHITECTURE.md lists every folder of src, and no other', () => {
  const listed = tableUnder('ARCHITECTURE.md', 'Code map').map(([folder]) => folder ?? '')
  const holding = [...new Set(listSources().map((path) => dirname(path)))]
  const missing = holding.filter(
    (path) => !listed.some((folder) => path === folder || path.startsWith(`${folder}/`)),
  )
  const empty = listed.filter((folder) => !existsSync(join(PROJECT, folder)))
  assert.deepEqual({ missing, empty }, { missing: [], empty: [] })
})

test("ARCHITECTURE.md's table of layers is layers.json", () => {
  const list = (paths: readonly string[] | undefined): string =>
    paths === undefined || paths.length === 0
      ? '–'
      : paths.map((path) => path.replace(/^src\//, '')).join(', ')
  const expected = Object.entries(rules.layers).map(([name, layer]) => [
    name.replace(/^src\//, ''),
    list(layer.may),
    list(layer.types),
    layer.node === true ? 'yes' : layer.node === undefined ? 'no' : list(layer.node),
    list(layer.npm),
  ])
  assert.deepEqual(tableUnder('ARCHITECTURE.md', 'Who may import whom'), expected)
})

test('every file that ARCHITECTURE.md names is there', () => {
  const named = [
    ...readProjectFile('ARCHITECTURE.md').matchAll(/`((?:src|bin|test|scripts|packaging)\/[\w./-]+)`/g),
  ]
  const gone = named.flatMap(([, path]) =>
    path === undefined || existsSync(join(PROJECT, path)) ? [] : [path],
  )
  assert.deepEqual(gone, [])
})

test('every function that ARCHITECTURE.md follows is in the file it names', () => {
  const named = readProjectFile('ARCHITECTURE.md').matchAll(/`(src\/[\w./-]+\.ts)` `(\w+)`/g)
  const found = [...named]
  assert.ok(found.length >= 8, 'one call is followed through all layers')
  const gone = found.filter(
    ([, path, name]) => !new RegExp(`\\b${String(name)}\\b`).test(readProjectFile(path ?? '')),
  )
  assert.deepEqual(
    gone.map(([text]) => text),
    [],
  )
})

test('every relative link leads to a file', () => {
  const broken = documents.flatMap((document) =>
    [...readProjectFile(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].flatMap(([, target = '']) => {
      const isRelative = !/^[a-z]+:/.test(target)
      const path = join(PROJECT, dirname(document), target)
      return isRelative && !existsSync(path) ? [`${document}: ${target}`] : []
    }),
  )
  assert.deepEqual(broken, [])
})

test('each decision has a number of its own, and each has context, decision and consequences', () => {
  const pages = listFiles('docs/decisions', '.md').filter((path) => /\/\d{4}-/.test(path))
  const numbers = pages.map((path) => basename(path).slice(0, 4))
  // Several may be written at once: a number can be taken and its page still to come.
  assert.deepEqual([...new Set(numbers)], numbers)
  const incomplete = pages.filter((path) =>
    ['## Context', '## Decision', '## Consequences'].some(
      (part) => !readProjectFile(path).includes(`\n${part}\n`),
    ),
  )
  assert.deepEqual(incomplete, [])
})

/** `weft net list`, `npm run check` in blocks of code. */
function commandsIn(document: string): string[] {
  const blocks = readProjectFile(document)
    .split('```')
    .filter((_, index) => index % 2 === 1)
  const lines = blocks.flatMap((block) => block.split('\n').map((line) => line.trim().replace(/^[$#] /, '')))
  return lines.filter((line) => /^(sudo )?(\.\/)?weft |^npm (run )?\w/.test(line))
}

function isKnownWeft(line: string): boolean {
  const words = line
    .replace(/^(sudo )?(\.\/)?weft /, '')
    .split(/\s+/)
    .filter((word, index, all) => !word.startsWith('-') && all[index - 1] !== '--root')
  return [1, 2, 3]
    .map((length) => words.slice(0, length).join(' '))
    .some((known) => known in COMMANDS || known in VIRSH_WORDS)
}

test('every command in README, CONTRIBUTING and the guide exists', () => {
  const { scripts } = JSON.parse(readProjectFile('package.json')) as { scripts: Record<string, string> }
  const pages = ['README.md', 'CONTRIBUTING.md', ...listFiles('docs/guide', '.md')]
  const unknown = pages.flatMap((page) =>
    commandsIn(page).flatMap((line) => {
      const script = /^npm run ([\w:]+)/.exec(line)?.[1]
      const isKnown = line.startsWith('npm ') ? script === undefined || script in scripts : isKnownWeft(line)
      return isKnown ? [] : [`${page}: ${line}`]
    }),
  )
  assert.deepEqual(unknown, [])
})

/** Those in sentences and tables too: `weft disk show web`. */
function inlineCommandsIn(document: string): string[] {
  const text = readProjectFile(document)
    .split('```')
    .filter((_, index) => index % 2 === 0)
    .join('')
  return [...text.matchAll(/`(weft [^`]+)`/g)].map(([, line]) => line ?? '')
}

/** The flags of a line that its command has not got. */
async function unknownFlags(line: string): Promise<string[]> {
  // What follows is the guest's, or the shell's.
  const typed = line.split(/ (?:--|\||>|&&|#)(?= |$)/)[0] ?? ''
  const words = typed.split(/\s+/).slice(1)
  const load = [3, 2, 1]
    .map((length) => COMMANDS[words.slice(0, length).join(' ')])
    .find((each) => each !== undefined)
  if (load === undefined) return []
  const known = allFlags((await load()).command.declaration)
  const given = [...typed.matchAll(/ --([a-z][\w-]*)/g)].map(([, flag]) => flag ?? '')
  return given.filter((flag) => !(flag in known))
}

test('every flag of a command in README and the guide is one of its', async () => {
  const pages = ['README.md', ...listFiles('docs/guide', '.md')]
  const lines = pages.flatMap((page) =>
    [...commandsIn(page), ...inlineCommandsIn(page)].map((line) => ({
      page,
      line: line.replace(/^(sudo )?(\.\/)?weft( --sandbox)? /, 'weft '),
    })),
  )
  assert.ok(lines.length > 200, 'the guide shows commands')
  const unknown: string[] = []
  for (const { page, line } of lines)
    for (const flag of await unknownFlags(line)) unknown.push(`${page}: ${line} has no --${flag}`)
  assert.deepEqual(unknown, [])
})

test('README shows the two commands', () => {
  const commands = commandsIn('README.md')
  assert.ok(commands.some((line) => line.startsWith('sudo ./weft up --sandbox')))
  assert.ok(commands.some((line) => line.startsWith('npm run check:all')))
})
