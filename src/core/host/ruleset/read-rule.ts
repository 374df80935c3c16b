/** Reads the text of a rule. What is not understood becomes a puzzle, and whatever comes after it is still read. */
import { isBits } from './patterns.ts'
import { bitsOf, readElements, readKey, readList, type Reader } from './read-key.ts'
import { readNat } from './read-nat.ts'
import { readSideEffect } from './read-side-effect.ts'
import type { Ending, Key, Operator, Right, Statement } from './rule.ts'
import { closingOf, tokensOf, unquoted } from './tokens.ts'

const known = new Map<string, readonly Statement[]>()
const MOST_KNOWN = 5000

/** Rules are read once: they are asked again for each packet. */
export function readRule(text: string): readonly Statement[] {
  const before = known.get(text)
  if (before !== undefined) return before
  if (known.size > MOST_KNOWN) known.clear()
  const reader: Reader = { tokens: tokensOf(text), at: 0 }
  const statements: Statement[] = []
  while (reader.at < reader.tokens.length) statements.push(...readStatement(reader))
  known.set(text, statements)
  return statements
}

function readStatement(reader: Reader): readonly Statement[] {
  const start = reader.at
  for (const read of [readEnding, readSideEffect, readNat, readMatch]) {
    const found = read(reader)
    if (found !== undefined) return found
    reader.at = start
  }
  skipPuzzle(reader)
  return [{ kind: 'puzzle' }]
}

const PLAIN = new Set(['accept', 'drop', 'return', 'continue'])

function readEnding(reader: Reader): Statement[] | undefined {
  const { tokens, at } = reader
  const word = tokens[at] ?? ''
  if (PLAIN.has(word)) {
    reader.at = at + 1
    return ending({ to: word } as Ending)
  }
  if (word === 'reject') {
    reader.at = at + 1
    if (tokens[at + 1] === 'with') reader.at = at + (tokens[at + 2] === 'tcp' ? 4 : withType(tokens, at + 2))
    return ending({ to: 'reject' })
  }
  if (word === 'jump' || word === 'goto') {
    const isInner = tokens[at + 1] === '{'
    reader.at = isInner ? closingOf(tokens, at + 1) + 1 : at + 2
    return ending({ to: word, chain: isInner ? '' : unquoted(tokens[at + 1] ?? '') })
  }
  if (word === 'queue' || word === 'tproxy' || word === 'synproxy' || word === 'fwd') {
    reader.at = tokens.length
    return ending({ to: 'unknown' })
  }
  return undefined
}

/** `icmpx admin-prohibited`, `icmpv6 type no-route`: older ones say `type`. */
const withType = (tokens: readonly string[], at: number): number => (tokens[at + 1] === 'type' ? 5 : 4)

const ending = (what: Ending): Statement[] => [{ kind: 'ending', ending: what }]

/** Words after which all is clear again. */
const CLEAR = new Set([
  ...['accept', 'drop', 'return', 'continue', 'reject', 'jump', 'goto', 'queue', 'tproxy', 'synproxy'],
  ...['dnat', 'snat', 'masquerade', 'redirect', 'counter', 'log', 'comment'],
])

function skipPuzzle(reader: Reader): void {
  reader.at++
  while (reader.at < reader.tokens.length && !CLEAR.has(reader.tokens[reader.at] ?? '')) {
    // Whatever a map leads to.
    if (reader.tokens[reader.at] === '{') reader.at = closingOf(reader.tokens, reader.at)
    reader.at++
  }
}

const OPERATORS: readonly string[] = ['==', '!=', '!', '<', '>', '<=', '>=']

function readMatch(reader: Reader): Statement[] | undefined {
  const key = readKey(reader)
  if (key === undefined) return undefined
  const { tokens } = reader
  if (tokens[reader.at] === 'vmap') {
    reader.at++
    const elements = readElements(reader, key)
    return elements === undefined ? undefined : [{ kind: 'vmap', key, elements }]
  }
  const spelt = tokens[reader.at] ?? ''
  const hasOperator = OPERATORS.includes(spelt)
  if (hasOperator) reader.at++
  const operator = (hasOperator && spelt !== '==' ? spelt : '') as Operator
  const right = readRight(reader, key, spelt === '==')
  if (right === undefined) return undefined
  return [{ kind: 'match', key: right.key ?? key, operator, right: right.right }]
}

/** Bits after a bare field ask whether one of them is set; after `==`, `!=` or a mask all of them are compared. */
function readRight(reader: Reader, key: Key, isExact: boolean): { right: Right; key?: Key } | undefined {
  const kind = key.fields[0]?.kind ?? 'number'
  const first = reader.tokens[reader.at] ?? ''
  if (key.fields.length > 1 || first === '{' || first.startsWith('@') || !isBits(kind)) {
    const elements = readElements(reader, key)
    return elements === undefined ? undefined : { right: elements }
  }
  const words = readList(reader)
  const bits = bitsOf(kind, words)
  if (bits === undefined) return undefined
  if (reader.tokens[reader.at] !== '/') return { right: { bits, isList: !isExact && key.mask === undefined } }
  reader.at++
  const mask = bitsOf(kind, readList(reader))
  return mask === undefined ? undefined : { right: { bits, isList: false }, key: { ...key, mask } }
}
