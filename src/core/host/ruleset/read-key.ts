/** Reads what a rule asks of a packet, and the values it compares that with. */
import { fibAt } from './fib.ts'
import { fieldAt, type Field } from './fields.ts'
import { parseNumber, parsePattern } from './patterns.ts'
import type { Element, Elements, Key } from './rule.ts'
import { closingOf, splitAt } from './tokens.ts'

/** The words of one rule, and how far they are read. */
export interface Reader {
  readonly tokens: readonly string[]
  at: number
}

/** Undefined where a part of it is not understood. */
export function readKey(reader: Reader): Key | undefined {
  const fields: Field[] = []
  for (;;) {
    const found = fibAt(reader.tokens, reader.at) ?? fieldAt(reader.tokens, reader.at)
    if (found === undefined) return undefined
    fields.push(found.field)
    reader.at += found.count
    if (reader.tokens[reader.at] !== '.') break
    reader.at++
  }
  return { fields, ...readMask(reader, fields) }
}

function readMask(reader: Reader, fields: readonly Field[]): { mask?: bigint } {
  const { tokens, at } = reader
  if (tokens[at] !== '&' && tokens[at] !== 'and') return {}
  const kind = fields[0]?.kind ?? 'number'
  const isGroup = tokens[at + 1] === '('
  const end = isGroup ? tokens.indexOf(')', at) : at + 2
  const mask = bitsOf(kind, tokens.slice(at + 1 + Number(isGroup), end))
  if (mask === undefined) return {}
  reader.at = isGroup ? end + 1 : end
  return { mask }
}

/** `fin | syn`, `fin , syn`, `0x0f`. */
export function bitsOf(kind: Field['kind'], words: readonly string[]): bigint | undefined {
  const values = words.filter((word) => word !== '|' && word !== ',').map((word) => parseNumber(kind, word))
  return values.length === 0 || values.includes(undefined)
    ? undefined
    : values.reduce<bigint>((sum, value) => sum | (value ?? 0n), 0n)
}

/** `established , related`, `fin | syn`. */
export function readList(reader: Reader): string[] {
  const words = [reader.tokens[reader.at++] ?? '']
  while (reader.tokens[reader.at] === ',' || reader.tokens[reader.at] === '|') {
    words.push(reader.tokens[reader.at + 1] ?? '')
    reader.at += 2
  }
  return words
}

/** `{ ... }`, `@name`, or one value. */
export function readElements(reader: Reader, key: Key): Elements | undefined {
  const { tokens, at } = reader
  const first = tokens[at]
  if (first === undefined) return undefined
  if (first.startsWith('@')) {
    reader.at = at + 1
    return { set: first.slice(1) }
  }
  if (first === '{') {
    const end = closingOf(tokens, at)
    reader.at = end + 1
    return { elements: elementsOf(tokens.slice(at + 1, end), key) }
  }
  const count = key.fields.length * 2 - 1
  reader.at = at + count
  const [only] = elementsOf(tokens.slice(at, at + count), key)
  return only === undefined || only.patterns.includes(undefined) ? undefined : { elements: [only] }
}

/** What an element has besides its key and its data. */
const EXTRAS = new Set(['timeout', 'expires', 'counter', 'comment', 'limit', 'quota', 'last'])

export function elementsOf(tokens: readonly string[], { fields }: Key): Element[] {
  return splitAt(tokens, ',')
    .filter((part) => part.length > 0)
    .map((part) => {
      const [keyWords = [], ...rest] = splitAt(part, ':')
      const extra = keyWords.findIndex((word) => EXTRAS.has(word))
      const parts = splitAt(extra === -1 ? keyWords : keyWords.slice(0, extra), '.')
      const isAll = parts.length === 1 && parts[0]?.[0] === '*'
      return {
        text: part.join(' '),
        patterns: fields.map(({ kind }, index) => {
          const [only, more] = (isAll ? parts[0] : parts[index]) ?? []
          return only === undefined || more !== undefined ? undefined : parsePattern(kind, only)
        }),
        data: rest.flat(),
      }
    })
}
