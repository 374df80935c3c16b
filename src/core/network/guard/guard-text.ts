/** `table bridge weft` as text: nft's listing read, written, and the lines of a transaction that makes one of another. */
import type { GuardChain, GuardSet, GuardTable } from './guard-table.ts'

const TABLE = 'bridge weft'
/** Adding before deleting makes both harmless when there is nothing to delete. */
export const DELETE_GUARD_TABLE = [`add table ${TABLE}`, `delete table ${TABLE}`]

/** The last listing read: looking after 300 networks asks about the same one 300 times. */
let last: { readonly listing: string; readonly table: GuardTable } | undefined

/** Reads `nft list table bridge weft`. */
export function parseGuardTable(listing: string): GuardTable {
  if (last?.listing !== listing) last = { listing, table: readListing(listing) }
  return last.table
}

function readListing(listing: string): GuardTable {
  const sets = new Map<string, GuardSet>()
  const chains = new Map<string, GuardChain>()
  for (const [, kind, name = '', body = ''] of listing.matchAll(
    /^\t(map|set|chain) (\S+) \{\n(.*?)^\t\}$/gms,
  )) {
    if (kind === 'chain') chains.set(name, readChain(body))
    else sets.set(name, readSet(kind as GuardSet['kind'], body))
  }
  return { sets, chains }
}

function readSet(kind: GuardSet['kind'], body: string): GuardSet {
  const [declaration = '', list] = body.split(/^\t\telements = \{/m)
  const type = declaration
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
  if (type.includes('timeout')) return { kind, type, elements: undefined }
  return { kind, type, elements: list === undefined ? [] : readElements(list.replace(/\}\s*$/, '')) }
}

function readElements(list: string): string[] {
  return list
    .split(',')
    .map((element) => element.trim().replace(/\s+/g, ' '))
    .filter((element) => element !== '')
    .sort()
}

function readChain(body: string): GuardChain {
  const lines = body
    .split('\n')
    .map((line) => normalize(line.trim()))
    .filter((line) => line !== '')
  const [first = '', ...rest] = lines
  return first.startsWith('type ') ? { hook: first, rules: rest } : { rules: lines }
}

/** Counts are no part of a rule; older and newer nft spell some things differently. */
function normalize(rule: string): string {
  return rule
    .replace(/counter packets \d+ bytes \d+/, 'counter')
    .replace(/tcp flags & \(fin ?\| ?rst\) != 0(x0)?/, 'tcp flags fin,rst')
    .replace(/tcp flags & \(syn ?\| ?ack\) == ack/, 'tcp flags ack / syn,ack')
    .replace(/priority (-200|filter)(?= ?;)/, 'priority filter')
}

/** As nft prints it. */
export function formatGuardTable({ sets, chains }: GuardTable): string {
  const blocks = [
    ...[...sets].map(([name, set]) =>
      block(`${set.kind} ${name}`, [...set.type.split('\n'), ...elementLines(set)]),
    ),
    ...[...chains].map(([name, chain]) => block(`chain ${name}`, chainLines(chain))),
  ]
  return `table ${TABLE} {\n${blocks.join('\n')}}\n`
}

const block = (head: string, lines: readonly string[]): string =>
  `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`

const elementLines = ({ elements = [] }: GuardSet): string[] =>
  elements.length === 0 ? [] : [`elements = { ${elements.join(',\n\t\t\t     ')} }`]

const chainLines = ({ hook, rules }: GuardChain): string[] => [
  ...(hook === undefined ? [] : [hook]),
  ...rules,
]

/** Lines that make `wanted` of what is `there`; none when they are alike. */
export function guardChanges(there: GuardTable, wanted: GuardTable): string[] {
  const changed = [...wanted.chains].filter(([name, chain]) => !sameRules(there.chains.get(name), chain))
  const staleChains = [...there.chains.keys()].filter((name) => !wanted.chains.has(name))
  const staleSets = [...there.sets].filter(([name]) => !wanted.sets.has(name))
  const newChains = changed.filter(([name]) => !there.chains.has(name))
  return [
    ...[...wanted.sets].filter(([name]) => !there.sets.has(name)).map(addSet),
    ...newChains.map(addChain),
    ...changed.filter(([name]) => there.chains.has(name)).map(([name]) => `flush chain ${TABLE} ${name}`),
    ...changed.flatMap(([name, { rules }]) => rules.map((rule) => `add rule ${TABLE} ${name} ${rule}`)),
    ...[...wanted.sets].flatMap(([name, set]) => elementChanges(name, there.sets.get(name), set)),
    // All are emptied before one goes: they lead to each other.
    ...staleSets.flatMap(([name, set]) => elementChanges(name, set, { ...set, elements: [] })),
    ...staleChains.map((name) => `flush chain ${TABLE} ${name}`),
    ...staleChains.map((name) => `delete chain ${TABLE} ${name}`),
    ...staleSets.map(([name, { kind }]) => `delete ${kind} ${TABLE} ${name}`),
  ]
}

const sameRules = (there: GuardChain | undefined, wanted: GuardChain): boolean =>
  there?.rules.map(likeness).join('\n') === wanted.rules.map(likeness).join('\n')

/** A filter's rule says in its comment what it is, however this nft spells it. */
const likeness = (rule: string): string => / comment "([^"]* #[\da-f]{8})"$/.exec(rule)?.[1] ?? rule

const addSet = ([name, { kind, type }]: [string, GuardSet]): string =>
  `add ${kind} ${TABLE} ${name} { ${type.split('\n').join('; ')}; }`

const addChain = ([name, { hook }]: [string, GuardChain]): string =>
  `add chain ${TABLE} ${name}${hook === undefined ? '' : ` { ${hook} }`}`

function elementChanges(name: string, there: GuardSet | undefined, wanted: GuardSet): string[] {
  const before = there?.elements ?? []
  const after = wanted.elements ?? []
  const line = (verb: 'add' | 'delete', elements: readonly string[]): string[] =>
    elements.length === 0 ? [] : [`${verb} element ${TABLE} ${name} { ${elements.join(', ')} }`]
  const isThere = new Set(before)
  const isWanted = new Set(after)
  return [
    ...line(
      'delete',
      before.filter((element) => !isWanted.has(element)),
    ),
    ...line(
      'add',
      after.filter((element) => !isThere.has(element)),
    ),
  ]
}
