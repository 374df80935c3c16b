/** Statements after which a rule goes on: counters, logs, marks, sets that packets fill; and those that let only some packets go on. */
import { readKey, type Reader } from './read-key.ts'
import type { MarkChange, Statement } from './rule.ts'
import { closingOf } from './tokens.ts'

/** Undefined: it is none of them. */
export function readSideEffect(reader: Reader): readonly Statement[] | undefined {
  const { tokens, at } = reader
  const word = tokens[at] ?? ''
  if (word === 'log' || word === 'counter' || word === 'comment') return skip(reader, OPTIONS[word])
  if (word === 'limit' || word === 'quota') {
    skip(reader, OPTIONS[word])
    return [{ kind: 'puzzle' }]
  }
  if (word === 'notrack') return [step(reader, 1, { kind: 'untrack' })]
  if (word === 'flow' || (word === 'ct' && tokens[at + 1] === 'helper' && tokens[at + 2] === 'set'))
    return skip(reader, { words: 3 })
  if (word === 'tcp' && tokens[at + 1] === 'option') return readOption(reader)
  if (word === 'xt') return readExtension(reader)
  if (/^(add|update|delete|set)$/.test(word)) return readUpdate(reader)
  return readSetting(reader)
}

interface Options {
  readonly words?: number
  /** Words that belong to it, each with as many more. */
  readonly more?: Readonly<Record<string, number>>
}

const OPTIONS: Readonly<Record<'log' | 'counter' | 'comment' | 'limit' | 'quota', Options>> = {
  log: {
    words: 1,
    more: {
      prefix: 1,
      level: 1,
      group: 1,
      snaplen: 1,
      'queue-threshold': 1,
      flags: 1,
      ether: 0,
      options: 0,
      tcp: 1,
      ip: 1,
      sequence: 0,
    },
  },
  counter: { words: 1, more: { packets: 1, bytes: 1, name: 1 } },
  comment: { words: 2 },
  limit: { words: 1, more: { rate: 1, over: 1, burst: 2, bytes: 0, 'bytes/second': 0, name: 1 } },
  quota: { words: 1, more: { over: 1, until: 1, bytes: 0, kbytes: 0, mbytes: 0, used: 2 } },
}

function skip(reader: Reader, { words = 1, more = {} }: Options): Statement[] {
  reader.at += words
  for (;;) {
    const word = reader.tokens[reader.at] ?? ''
    if (/^\d+$/.test(word) && more['rate'] === undefined && more['over'] !== undefined) reader.at++
    else if (Object.hasOwn(more, word)) reader.at += 1 + (more[word] ?? 0)
    else return []
  }
}

function step(reader: Reader, words: number, statement: Statement): Statement {
  reader.at += words
  return statement
}

/** Only setting one is understood: comparing with one is asked of packets nobody has here. */
function readOption(reader: Reader): Statement[] | undefined {
  const at = reader.tokens.indexOf('set', reader.at)
  if (at === -1 || at - reader.at > 4) return undefined
  reader.at = at + (reader.tokens[at + 1] === 'rt' ? 3 : 2)
  return []
}

/** Extensions of iptables that change nothing for verdicts. */
const HARMLESS =
  /^(CHECKSUM|CT|TCPMSS|LOG|NFLOG|ULOG|CLASSIFY|TRACE|SET|DSCP|TOS|TTL|HL|AUDIT|LED|IDLETIMER)$/

function readExtension(reader: Reader): Statement[] {
  const [kind = '', name = ''] = reader.tokens.slice(reader.at + 1, reader.at + 3)
  const bare = name.replace(/"/g, '')
  reader.at += 3
  if (kind === 'target') return HARMLESS.test(bare) ? [] : [{ kind: 'ending', ending: { to: 'unknown' } }]
  return bare === 'comment' ? [] : [{ kind: 'puzzle' }]
}

/** `update @seen { ip saddr . tcp dport timeout 1m }`. */
function readUpdate(reader: Reader): Statement[] | undefined {
  const { tokens, at } = reader
  if (!(tokens[at + 1] ?? '').startsWith('@') || tokens[at + 2] !== '{') return undefined
  const end = closingOf(tokens, at + 2)
  const inside: Reader = { tokens: tokens.slice(at + 3, end), at: 0 }
  const key = readKey(inside)
  if (key === undefined) return undefined
  reader.at = end + 1
  const isLimited = inside.tokens.some((word) => word === 'limit' || word === 'ct' || word === 'quota')
  return [
    { kind: 'update', set: (tokens[at + 1] ?? '').slice(1), key },
    ...(isLimited ? [{ kind: 'puzzle' } as const] : []),
  ]
}

/** `meta mark set ...`, `ct mark set ...`, `meta priority set ...`, `ip dscp set ...`. */
function readSetting(reader: Reader): Statement[] | undefined {
  const { tokens, at } = reader
  const set = tokens.indexOf('set', at)
  if (set === -1 || set - at > 2) return undefined
  const what = tokens.slice(at, set).join(' ')
  reader.at = set + 1
  if (what === 'meta mark' || what === 'mark')
    return [{ kind: 'mark', of: 'mark', change: readChange(reader) }]
  if (what === 'ct mark') return [{ kind: 'mark', of: 'ctMark', change: readChange(reader) }]
  if (what === 'meta nftrace' || what === 'meta priority' || what === 'meta pkttype') {
    reader.at++
    return []
  }
  return undefined
}

/** `0x1`, `meta mark & 0xff`, `mark and 0xffffff00 xor 0x1`, `ct mark`. */
function readChange(reader: Reader): MarkChange | undefined {
  const first = reader.tokens[reader.at] ?? ''
  let change: MarkChange
  if (first === 'ct' || first === 'meta') {
    if (reader.tokens[reader.at + 1] !== 'mark') return undefined
    reader.at += 2
    change = { from: first === 'ct' ? 'ctMark' : 'mark', keep: ALL, flip: 0n }
  } else if (first === 'mark') {
    reader.at++
    change = { from: 'mark', keep: ALL, flip: 0n }
  } else {
    const value = numberOf(first)
    if (value === undefined) return undefined
    reader.at++
    return { from: 'mark', keep: 0n, flip: value }
  }
  for (;;) {
    const operator = reader.tokens[reader.at] ?? ''
    const value = numberOf(reader.tokens[reader.at + 1] ?? '')
    const next = value === undefined ? undefined : changed(change, operator, value)
    if (next === undefined) return change
    change = next
    reader.at += 2
  }
}

const ALL = 0xffffffffn
const numberOf = (word: string): bigint | undefined =>
  /^(\d+|0x[\da-f]+)$/i.test(word) ? BigInt(word) : undefined

function changed(change: MarkChange, operator: string, value: bigint): MarkChange | undefined {
  const { from, keep, flip } = change
  if (operator === '&' || operator === 'and') return { from, keep: keep & value, flip: flip & value }
  if (operator === '^' || operator === 'xor') return { from, keep, flip: flip ^ value }
  if (operator !== '|' && operator !== 'or') return undefined
  return { from, keep: keep & ~value & ALL, flip: flip | value }
}
