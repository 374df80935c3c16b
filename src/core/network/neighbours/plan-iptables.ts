/**
 * Rules for a table of iptables that drops what nobody in it accepts: in DOCKER-USER where Docker made one, else where the packet would be
 * dropped, behind everything that somebody else said. They are known by their comment.
 */
import type { RunAction } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import { bridgeNameOf } from '../ips.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import {
  catchAllOf,
  endOf,
  readSaved,
  refusalOf,
  splitWords,
  type SavedRule,
  type SavedTable,
} from './iptables-save.ts'
import { asksOf, ICMP_TYPES, type Ask, type Hook } from './asks.ts'
import { markedBy, markOf, type NeighbourName, type SeenFilter } from './seen-neighbours.ts'

const DOCKER = 'DOCKER-USER'

/** A rule where it belongs. */
interface PlacedRule {
  readonly chain: string
  /** From 1 on; undefined: at the end. */
  readonly place: number | undefined
  /** What follows the chain's name, spelt as iptables-save prints it back. */
  readonly text: string
  readonly meaning: string
}

export function iptablesSteps(network: NetworkSpec, filter: SeenFilter, seen: SeenHost): Step[] {
  const table = readSaved(filter)
  const wanted = asksOf(network, filter.family, seen)
    .filter(({ hook }) => seen.neighbours?.left.has(whoseHook(table, hook)) !== true)
    .flatMap((ask) => placed(ask, table, network))
  const there = ownRules(table, (name) => name === network.name)
  const isThere = (rule: PlacedRule): boolean =>
    there.some((own) => own.chain === rule.chain && own.text === rule.text && !isDead(own, table))
  const isWanted = (own: SavedRule): boolean =>
    !isDead(own, table) && wanted.some((rule) => own.chain === rule.chain && own.text === rule.text)
  const stale = there.filter((own) => !isWanted(own))
  return [
    ...stale.map((own) => removeStep(filter, own, table)),
    ...wanted
      .filter((rule) => !isThere(rule))
      .map((rule) =>
        addStep(
          filter,
          rule,
          stale.filter((own) => !isDead(own, table)),
        ),
      ),
  ]
}

/** All rules of networks that are gone. */
export function iptablesStopSteps(isGone: (network: string) => boolean, filter: SeenFilter): Step[] {
  const table = readSaved(filter)
  return ownRules(table, isGone).map((own) => removeStep(filter, own, table))
}

/** Nothing is asked for where nothing would be dropped. */
function placed(ask: Ask, table: SavedTable, network: NetworkSpec): PlacedRule[] {
  const hook = ask.hook.toUpperCase()
  if (catchAllOf(table, hook)?.isDropped !== true) return []
  // Behind a rule that names the bridge to refuse something of it: that comes first, wherever it stands.
  const isRefused = refusalOf(table, bridgeNameOf(network) ?? '') !== undefined
  const chain = ask.hook === 'forward' && hasDockerUser(table) && !isRefused ? DOCKER : hook
  const text = `${ruleText(ask)}-m comment --comment "${markOf(network.name)}" -j ACCEPT`
  return [{ chain, place: endOf(table, chain), text, meaning: ask.meaning }]
}

function ruleText(ask: Ask): string {
  const { protocol, port, icmpType } = ask
  const words = [
    ...(ask.in === undefined ? [] : ['-i', ask.in]),
    ...(ask.out === undefined ? [] : ['-o', ask.out]),
    ...(protocol === undefined ? [] : ['-p', protocol === 'icmpv6' ? 'ipv6-icmp' : protocol]),
    ...(protocol === undefined || port === undefined ? [] : ['-m', protocol, '--dport', String(port)]),
    ...(icmpType === undefined ? [] : ['-m', 'icmp6', '--icmpv6-type', String(ICMP_TYPES[icmpType])]),
    ...(ask.only === 'answers' ? ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED,DNAT'] : []),
    ...(ask.only === 'switched' ? ['-m', 'physdev', '--physdev-is-bridged'] : []),
  ]
  return words.map((word) => `${word} `).join('')
}

/** Whose words are spoken in the table at a hook. */
export const whoseHook = (table: SavedTable, hook: Hook): NeighbourName =>
  hook === 'forward' && hasDockerUser(table) ? 'docker' : 'iptables'

export function hasDockerUser({ rules }: SavedTable): boolean {
  return (
    rules.has(DOCKER) &&
    (rules.get('FORWARD') ?? []).some(({ target, isForAll }) => target === DOCKER && isForAll)
  )
}

function ownRules({ rules }: SavedTable, isMeant: (network: string) => boolean): SavedRule[] {
  return [...rules.values()].flat().filter(({ comment }) => {
    const network = markedBy(comment)
    return network !== undefined && isMeant(network)
  })
}

/** For people. */
export function markedRules(table: SavedTable): { network: string; chain: string; text: string }[] {
  return ownRules(table, () => true).map(({ chain, text, comment }) => {
    return { network: markedBy(comment) ?? '', chain, text }
  })
}

/** Behind a rule after which nothing goes on. */
function isDead(own: SavedRule, table: SavedTable): boolean {
  const end = endOf(table, own.chain)
  return end !== undefined && (table.rules.get(own.chain) ?? []).indexOf(own) + 1 > end
}

function addStep(filter: SeenFilter, rule: PlacedRule, stale: readonly SavedRule[]): Step {
  const { chain, text, place } = rule
  // What went before it has moved it up.
  const gone = stale.filter((own) => own.chain === chain && place !== undefined).length
  return {
    reason: `${rule.meaning}: ${whose(chain)} would drop that`,
    do: insert(filter, chain, text, place === undefined ? undefined : Math.max(1, place - gone)),
    undo: remove(filter, chain, text),
  }
}

function removeStep(filter: SeenFilter, { chain, text, comment }: SavedRule, table: SavedTable): Step {
  return {
    reason: `nothing is asked of ${whose(chain)} for ${markedBy(comment) ?? ''} any more`,
    do: remove(filter, chain, text),
    undo: insert(filter, chain, text, endOf(table, chain)),
  }
}

const whose = (chain: string): string => (chain === DOCKER ? 'Docker' : `the chain ${chain}`)

function insert(filter: SeenFilter, chain: string, text: string, place: number | undefined): RunAction {
  const where = place === undefined ? ['-A', chain] : ['-I', chain, String(place)]
  return { kind: 'run', argv: [...command(filter), ...where, ...splitWords(text)] }
}

function remove(filter: SeenFilter, chain: string, text: string): RunAction {
  return { kind: 'run', argv: [...command(filter), '-D', chain, ...splitWords(text)], accept: [1, 2] }
}

/** The old programs wait for each other only when told to. */
const command = ({ program, isLegacy }: SeenFilter): [string, ...string[]] =>
  isLegacy ? [program, '-w', '5'] : [program]
