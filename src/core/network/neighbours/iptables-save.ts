/** The filter table as `iptables-save` prints it, and what becomes in it of packets that nobody has an opinion on. */
import { readOnce } from '../../host/read-once.ts'
import type { SeenFilter } from './seen-neighbours.ts'

export interface SavedRule {
  readonly chain: string
  /** What follows `-A CHAIN`. */
  readonly words: readonly string[]
  /** The same as one text: two rules are the same when these are. */
  readonly text: string
  /** Absent: it goes on with the next rule. */
  readonly target: string | undefined
  /** About every packet that comes to it. */
  readonly isForAll: boolean
  readonly comment: string | undefined
}

export interface SavedTable {
  /** By chain; `-` is a chain that only rules lead to. */
  readonly policies: ReadonlyMap<string, string>
  readonly rules: ReadonlyMap<string, readonly SavedRule[]>
}

/** Where a packet ends that no rule with conditions is about. */
export interface CatchAll {
  readonly isDropped: boolean
  /** The chain and the rule's place in it, from 1 on; no place: its policy. */
  readonly chain: string
  readonly place: number | undefined
  readonly rule: SavedRule | undefined
}

export const readSaved = readOnce(({ text }: Pick<SeenFilter, 'text'> & Partial<SeenFilter>): SavedTable => {
  const policies = new Map<string, string>()
  const rules = new Map<string, SavedRule[]>()
  for (const line of text.split('\n')) {
    const [, chain = '', policy = ''] = /^:(\S+) (\S+)/.exec(line) ?? []
    if (chain !== '') {
      policies.set(chain, policy)
      rules.set(chain, [])
    }
    const [, of = '', rest = ''] = /^-A (\S+) ?(.*)$/.exec(line) ?? []
    if (of !== '') rules.get(of)?.push(readRule(of, rest))
  }
  return { policies, rules }
})

function readRule(chain: string, text: string): SavedRule {
  const words = splitWords(text)
  const target = wordAfter(words, '-j') ?? wordAfter(words, '-g')
  // A comment is no condition; what follows the target is its own.
  const conditions = text
    .replace(/-m comment --comment ("(?:[^"\\]|\\.)*"|\S+) ?/, '')
    .replace(/-[jg] .*$/, '')
  return {
    chain,
    words,
    text,
    target,
    isForAll: conditions.trim() === '',
    comment: wordAfter(words, '--comment'),
  }
}

/** As iptables-save quotes them. */
export function splitWords(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain = '']) => quoted?.replace(/\\(.)/g, '$1') ?? plain,
  )
}

export function wordAfter(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option)
  return at === -1 ? undefined : words[at + 1]
}

/** Undefined where the table has no such chain: then nothing is dropped in it. */
export function catchAllOf(table: SavedTable, hook: string): CatchAll | undefined {
  const policy = table.policies.get(hook)
  if (policy === undefined) return undefined
  return (
    endIn(table, hook, 0) ?? { isDropped: policy === 'DROP', chain: hook, place: undefined, rule: undefined }
  )
}

const DROPS = new Set(['DROP', 'REJECT'])
/** More chains than this lead to each other only in circles, which the kernel refuses. */
const DEEPEST = 32

function endIn(table: SavedTable, chain: string, depth: number): CatchAll | undefined {
  for (const [index, rule] of (table.rules.get(chain) ?? []).entries()) {
    const { target = '', isForAll } = rule
    if (!isForAll) continue
    if (target === 'RETURN') return undefined
    const here = { chain, place: index + 1, rule }
    if (target === 'ACCEPT') return { ...here, isDropped: false }
    if (DROPS.has(target)) return { ...here, isDropped: true }
    if (!table.rules.has(target) || depth > DEEPEST) continue
    const end = endIn(table, target, depth + 1)
    if (end !== undefined) return end
  }
  return undefined
}

/** The place of the first rule of a chain after which nothing goes on; undefined: there is none. */
export function endOf(table: SavedTable, chain: string): number | undefined {
  const index = (table.rules.get(chain) ?? []).findIndex(({ target = '', isForAll }) => {
    if (!isForAll) return false
    return (
      target === 'RETURN' || target === 'ACCEPT' || DROPS.has(target) || endIn(table, target, 0) !== undefined
    )
  })
  return index === -1 ? undefined : index + 1
}

/** Its administrator's own word about a link: a rule that drops and names it. */
export function refusalOf(table: SavedTable, link: string): SavedRule | undefined {
  const names = (pattern: string | undefined): boolean =>
    pattern !== undefined &&
    (pattern === link || (pattern.endsWith('+') && link.startsWith(pattern.slice(0, -1))))
  return [...table.rules.values()]
    .flat()
    .find(
      ({ target = '', words }) =>
        DROPS.has(target) && (named(words, '-i', names) || named(words, '-o', names)),
    )
}

function named(
  words: readonly string[],
  option: string,
  names: (pattern: string | undefined) => boolean,
): boolean {
  return words[words.indexOf(option) - 1] !== '!' && words.includes(option) && names(wordAfter(words, option))
}
