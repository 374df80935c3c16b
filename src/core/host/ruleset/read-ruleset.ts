/**
 * The text of `nft -a list ruleset` as tables, chains and sets. The text and not the JSON: what iptables-nft made is spelt in nft's own
 * words there. Rules stay text until a packet comes to them.
 */
import type { BaseChain, Chain, Hook, NamedSet, Rule, Ruleset, Table, TableFamily } from './ruleset.ts'

/** The last listing read: many packets are judged by the same one. */
let last: { readonly text: string; readonly ruleset: Ruleset } | undefined

export function parseRuleset(text: string): Ruleset {
  if (last?.text !== text) last = { text, ruleset: { tables: readTables(text) } }
  return last.ruleset
}

function readTables(text: string): Table[] {
  return [...text.matchAll(/^table (\w+) (\S+) \{[^\n]*\n([\s\S]*?)^\}/gm)].map(
    ([, family = '', name = '', body = '']) => readTable(family as TableFamily, name, body),
  )
}

function readTable(family: TableFamily, name: string, body: string): Table {
  const blocks = [...body.matchAll(/^\t(\w+) (?:(\S+) )?\{[^\n]*\n([\s\S]*?)^\t\}/gm)]
  const chains = blocks.flatMap(([, kind, chain = '', lines = '']) =>
    kind === 'chain' ? [readChain(family, chain, lines)] : [],
  )
  const sets = blocks.flatMap(([, kind, set = '', lines = '']) =>
    kind === 'set' || kind === 'map' ? [readSet(set, lines)] : [],
  )
  return {
    family,
    name,
    isDormant: /^\tflags [^\n]*\bdormant\b/m.test(body),
    chains: new Map(chains.map((chain) => [chain.name, chain])),
    sets: new Map(sets.map((set) => [set.name, set])),
  }
}

function readSet(name: string, lines: string): NamedSet {
  const [, elements = ''] = /^\t\telements = \{([\s\S]*)\}/m.exec(lines) ?? []
  return { name, elements }
}

function readChain(family: TableFamily, name: string, body: string): Chain {
  const lines = body.split('\n').filter((line) => line.trim() !== '')
  const [, type = '', hook = '', devices = '', priority = '', policy] = BASE.exec(lines.join('\n')) ?? []
  const rules = readRules(lines.filter((line) => !/^\t\t(type \w+ hook |comment ")/.test(line)))
  if (type === '') return { name, rules }
  const base: BaseChain = {
    type,
    hook: hook as Hook,
    priority: priorityOf(family, priority),
    policy: policy === 'drop' ? 'drop' : 'accept',
    devices: [...devices.matchAll(/"([^"]+)"|= \{ ([^}]*) \}/g)].flatMap(
      ([, one, many = '']) => one ?? many.split(', '),
    ),
  }
  return { name, base, rules }
}

const BASE = /^\t\ttype (\w+) hook (\w+)((?: devices?[^;]*?)?) priority ([^;]+);(?: policy (\w+);)?/m

/** By name, as nft prints them: bridges have other numbers for them. */
const PRIORITIES = { raw: -300, mangle: -150, dstnat: -100, filter: 0, security: 50, srcnat: 100 }
const BRIDGE_PRIORITIES = { dstnat: -300, filter: -200, out: 100, srcnat: 300 }

function priorityOf(family: TableFamily, text: string): number {
  const [, name, sign, offset] = /^(?:([a-z]+)\s*)?(?:([+-])?\s*(\d+))?$/.exec(text.trim()) ?? []
  const known: Readonly<Record<string, number>> = family === 'bridge' ? BRIDGE_PRIORITIES : PRIORITIES
  const distance = Number(offset ?? 0) * (sign === '-' ? -1 : 1)
  return (name === undefined ? 0 : (known[name] ?? 0)) + distance
}

/** A rule that jumps to a chain without a name has that chain's rules on lines of their own. */
function readRules(lines: readonly string[]): Rule[] {
  const rules: Rule[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (!line.endsWith(' {')) {
      rules.push(readLine(line))
      continue
    }
    const depth = /^\t*/.exec(line)?.[0] ?? ''
    const end = lines.findIndex((each, index) => index > at && each.startsWith(`${depth}}`))
    const tail = (lines[end] ?? '').trim()
    rules.push({ ...readLine(`${line.trim()} ${tail}`), inner: readRules(lines.slice(at + 1, end)) })
    at = end === -1 ? lines.length : end
  }
  return rules
}

function readLine(line: string): Rule {
  const [, text = '', handle] = /^\s*(.*?)(?: # handle (\d+))?$/.exec(line) ?? []
  return { text, ...(handle === undefined ? {} : { handle: Number(handle) }) }
}
