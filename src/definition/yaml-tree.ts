/** YAML (JSON is YAML too) as maps, lists and words, each with its place. What a word means is for the reader of the tree. */
import { invalidDefinition, WeftError, type Problem } from '../core/errors.ts'
import type { Place } from '../core/network/draft.ts'
import type * as yamlModule from 'yaml'

export type YamlTree = YamlMap | YamlList | YamlWord

export interface YamlMap {
  readonly kind: 'map'
  readonly place: Place
  readonly entries: readonly { readonly key: string; readonly place: Place; readonly value: YamlTree }[]
}

export interface YamlList {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly YamlTree[]
}

export interface YamlWord {
  readonly kind: 'word'
  readonly place: Place
  /** As it stood, quotes and escapes resolved; undefined for nothing at all. */
  readonly text: string | undefined
}

export type YamlResult = { readonly tree: YamlTree } | { readonly problems: readonly Problem[] }

/** Deeper than any definition; a text made to exhaust the stack is not one. */
const DEEPEST = 20

type Yaml = typeof yamlModule

export async function parseYaml(text: string, language: 'YAML' | 'JSON'): Promise<YamlResult> {
  const yaml = await import('yaml')
  const counter = new yaml.LineCounter()
  const placeAt = (offset: number): Place => {
    const { line, col } = counter.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  try {
    // Its own look for doubled keys compares each with each: a minute for the most that a request may hold.
    const options = { lineCounter: counter, prettyErrors: false, stringKeys: true, uniqueKeys: false }
    const document = yaml.parseDocument(text, options)
    const problems = [...document.errors, ...document.warnings].map((error): Problem => {
      return { path: language, message: sayPlainly(error.code, error.message), ...placeAt(error.pos[0]) }
    })
    const tooDeep = problems.find(({ message }) => message.startsWith('Maximum call stack'))
    if (tooDeep !== undefined) return { problems: [{ ...tooDeep, message: 'this is nested too deeply' }] }
    if (problems.length > 0) return { problems }
    return { tree: readNode(yaml, document.contents, { placeAt, language, depth: 0 }) }
  } catch (error) {
    if (error instanceof WeftError) return { problems: error.problems }
    const message = error instanceof Error ? error.message : String(error)
    return { problems: [{ path: language, message, line: 1, column: 1 }] }
  }
}

function sayPlainly(code: string, message: string): string {
  const plain: Readonly<Record<string, string>> = {
    MULTIPLE_DOCS: 'a second document begins here; a definition is one',
    NON_STRING_KEY: 'a key is a word',
  }
  return plain[code] ?? message
}

interface Context {
  readonly placeAt: (offset: number) => Place
  readonly language: string
  readonly depth: number
}

function readNode(yaml: Yaml, node: unknown, context: Context): YamlTree {
  if (!yaml.isNode(node)) return { kind: 'word', place: { line: 1, column: 1 }, text: undefined }
  const place = context.placeAt(startOf(node))
  if (context.depth > DEEPEST) throw unreadable(context, 'this is nested too deeply', place)
  const inner = { ...context, depth: context.depth + 1 }
  if (yaml.isMap(node)) {
    const keys = new Set<string>()
    const entries = node.items.map(({ key, value }) => {
      const word = readNode(yaml, key, inner)
      if (word.kind !== 'word') throw unreadable(context, 'a key is a word', word.place)
      const { text = '' } = word
      if (keys.has(text)) throw unreadable(context, 'this key stands here for the second time', word.place)
      keys.add(text)
      return { key: text, place: word.place, value: readNode(yaml, value, inner) }
    })
    return { kind: 'map', place, entries }
  }
  if (yaml.isSeq(node))
    return { kind: 'list', place, items: node.items.map((item) => readNode(yaml, item, inner)) }
  if (!yaml.isScalar(node)) throw unreadable(context, 'references (*name) are not supported', place)
  return { kind: 'word', place, text: wordOf(node.value, node.source) }
}

/** `0123` and `1e3` are what they look like, not numbers. */
function wordOf(value: unknown, source: string | undefined): string | undefined {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? undefined : (source ?? JSON.stringify(value))
}

function startOf(node: yamlModule.Node): number {
  return node.range?.[0] ?? 0
}

function unreadable({ language }: Context, message: string, place: Place): WeftError {
  return invalidDefinition(`the ${language}`, [{ path: language, message, ...place }])
}
