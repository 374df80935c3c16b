/**
 * Rules for a table that somebody wrote for nft, where it drops what none of its own rules accepts: in the chain that drops, behind
 * everything that its author said. They are known by their comment.
 */
import { parseRuleset } from '../../host/ruleset/read-ruleset.ts'
import type { Chain, Rule, Table } from '../../host/ruleset/ruleset.ts'
import { readOnce } from '../../host/read-once.ts'
import { nft, type RunAction } from '../../plan/action.ts'
import { shellQuote } from '../../plan/shell-quote.ts'
import type { Step } from '../../plan/plan.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import { asksOf, FAMILIES, type Ask } from './asks.ts'
import { markedBy, markOf, type SeenNeighbours } from './seen-neighbours.ts'

/** Tables of others who have words of their own for it. */
const SPOKEN_FOR =
  /^(firewalld|libvirt_network|netavark|docker-bridges|weft|weft_fast|weft_trace|weft_probe)$/
const HOOKS = ['forward', 'input'] as const

/** A chain that a packet meets, and before which of its rules there is room; undefined: at its end. */
export interface DroppingChain {
  readonly table: Table
  readonly chain: Chain
  readonly before: Rule | undefined
}

const readTables = readOnce(({ text }: SeenNeighbours['tables']) => parseRuleset(text).tables)

export function plainTables(seen: SeenNeighbours): Table[] {
  const isIptables = ({ family, name }: Table): boolean =>
    seen.filters.some((filter) => !filter.isLegacy && filter.family === family && name === 'filter')
  return readTables(seen.tables).filter(
    (table) =>
      ['ip', 'ip6', 'inet'].includes(table.family) &&
      !table.isDormant &&
      !SPOKEN_FOR.test(table.name) &&
      !isIptables(table),
  )
}

/** Those that drop what nobody has an opinion on. */
export function droppingChains(table: Table): DroppingChain[] {
  return [...table.chains.values()].flatMap((chain) => {
    const { base } = chain
    if (base?.type !== 'filter' || !HOOKS.some((hook) => hook === base.hook)) return []
    const before = chain.rules.find((rule) => endOf(rule, table, 0) !== undefined)
    const end = before === undefined ? base.policy : endOf(before, table, 0)
    return end === 'drop' ? [{ table, chain, before }] : []
  })
}

const DEEPEST = 16

/** What becomes of whatever comes to the rule; undefined: it is about some packets only, or they go on. */
function endOf(rule: Rule, table: Table, depth: number): 'drop' | 'accept' | undefined {
  const text = bare(rule.text)
  if (/^(drop|reject)\b/.test(text)) return 'drop'
  if (text === 'accept') return 'accept'
  const [, chain] = /^(?:jump|goto) (\S+)$/.exec(text) ?? []
  if (chain === undefined || depth > DEEPEST) return undefined
  for (const inner of table.chains.get(chain)?.rules ?? []) {
    if (bare(inner.text) === 'return') return undefined
    const end = endOf(inner, table, depth + 1)
    if (end !== undefined) return end
  }
  return undefined
}

/** Without what is no condition. */
const bare = (text: string): string =>
  text
    .replace(
      /\bcounter( packets \d+ bytes \d+)?|\blog( (prefix|level|flags|group) ("[^"]*"|\S+))*| comment "[^"]*"$/g,
      '',
    )
    .replace(/\s+/g, ' ')
    .trim()

export function nftablesSteps(network: NetworkSpec, seen: SeenHost): Step[] {
  if (seen.neighbours === undefined) return []
  const isLeft = seen.neighbours.left.has('nftables')
  return plainTables(seen.neighbours).flatMap((table) => {
    const chains = droppingChains(table)
    const own = marked(table, (name) => name === network.name)
    const wanted = isLeft ? [] : wantedIn(chains, network, seen)
    const isWanted = ({ chain, rule }: MarkedRule): boolean =>
      wanted.some(
        (each) => each.place.chain === chain && each.text === rule.text && !isDead(rule, each.place),
      )
    return [
      ...own.filter((each) => !isWanted(each)).map((each) => removeStep(table, each)),
      ...wanted
        .filter(
          ({ place, text }) => !place.chain.rules.some((rule) => rule.text === text && !isDead(rule, place)),
        )
        .map(addStep),
    ]
  })
}

export function nftablesStopSteps(isGone: (network: string) => boolean, seen: SeenNeighbours): Step[] {
  return plainTables(seen).flatMap((table) => marked(table, isGone).map((each) => removeStep(table, each)))
}

interface WantedRule {
  readonly place: DroppingChain
  readonly text: string
  readonly meaning: string
}

function wantedIn(
  chains: readonly DroppingChain[],
  network: NetworkSpec,
  seen: SeenHost,
): readonly WantedRule[] {
  const asks = FAMILIES.flatMap((family) => asksOf(network, family, seen))
  return chains.flatMap((place) => {
    const { family } = place.table
    const texts = asks
      .filter((ask) => ask.hook === place.chain.base?.hook && (family === 'inet' || family === ask.family))
      .flatMap((ask) => ruleTexts(ask).map((text) => [text, ask.meaning] as const))
    return [...new Map(texts)].map(([text, meaning]) => ({
      place,
      text: `${text} accept comment "${markOf(network.name)}"`,
      meaning,
    }))
  })
}

/** As nft prints them back. */
function ruleTexts(ask: Ask): string[] {
  const links = [
    ...(ask.in === undefined ? [] : [`iifname "${ask.in}"`]),
    ...(ask.out === undefined ? [] : [`oifname "${ask.out}"`]),
  ].join(' ')
  if (ask.only === 'answers') return [`${links} ct state established,related`, `${links} ct status dnat`]
  if (ask.icmpType !== undefined) return [`${links} icmpv6 type ${ask.icmpType}`]
  if (ask.protocol === undefined || ask.port === undefined) return [links]
  return [`${links} ${ask.protocol} dport ${String(ask.port)}`]
}

interface MarkedRule {
  readonly chain: Chain
  readonly rule: Rule
}

function marked(table: Table, isMeant: (network: string) => boolean): MarkedRule[] {
  return [...table.chains.values()].flatMap((chain) =>
    chain.rules.flatMap((rule) => {
      const network = markedBy(commentOf(rule))
      return network !== undefined && isMeant(network) ? [{ chain, rule }] : []
    }),
  )
}

/** For people. */
export function markedTexts(table: Table): { network: string; rule: string }[] {
  return marked(table, () => true).map(({ chain, rule }) => ({
    network: markedBy(commentOf(rule)) ?? '',
    rule: `nft add rule ${table.family} ${table.name} ${chain.name} ${rule.text}`,
  }))
}

const commentOf = ({ text }: Rule): string | undefined => / comment "([^"]*)"$/.exec(text)?.[1]

/** Behind what ends everything. */
const isDead = (rule: Rule, { chain, before }: DroppingChain): boolean =>
  before !== undefined && chain.rules.indexOf(rule) > chain.rules.indexOf(before)

function addStep({ place, text, meaning }: WantedRule): Step {
  const { table, chain, before } = place
  return {
    reason: `${meaning}: chain '${chain.name}' of table '${table.family} ${table.name}' would drop that`,
    do: nft([insertion(table, chain, text, before)]),
    undo: removal(table, chain, text),
  }
}

function removeStep(table: Table, { chain, rule }: MarkedRule): Step {
  const network = markedBy(commentOf(rule)) ?? ''
  const end = droppingChains(table).find((each) => each.chain === chain)
  return {
    reason: `nothing is asked of table '${table.family} ${table.name}' for ${network} any more`,
    do: removal(table, chain, rule.text),
    undo: nft([insertion(table, chain, rule.text, end?.before)]),
  }
}

function insertion({ family, name }: Table, chain: Chain, text: string, before: Rule | undefined): string {
  return before?.handle === undefined
    ? `add rule ${family} ${name} ${chain.name} ${text}`
    : `insert rule ${family} ${name} ${chain.name} position ${String(before.handle)} ${text}`
}

/** A rule has no name, only a number that it is given when it is made: it is looked for by what it says, and may be gone. */
function removal({ family, name }: Table, { name: chain }: Chain, text: string): RunAction {
  const place = `${family} ${name} ${chain}`
  const script = [
    `nft -a list chain ${place} 2>/dev/null`,
    `grep -F -- ${shellQuote(`${text} # handle `)}`,
    `sed 's/.* # handle /delete rule ${place} handle /'`,
    'nft -f -',
  ].join(' | ')
  return { kind: 'run', argv: ['sh', '-c', script] }
}
