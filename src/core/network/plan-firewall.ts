/** The firewall part of starting and stopping a network: elements in, elements out, each as one nft transaction. */
import { nft, type Action } from '../plan/action.ts'
import type { Step } from '../plan/plan.ts'
import {
  elementsOf,
  formatRuleset,
  parseRuleset,
  SET_NAMES,
  type Elements,
  type SetName,
} from './nft-ruleset.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** Adding before deleting makes both harmless when there is nothing to delete: nft 1.0.6 has no `destroy`. */
const DELETE_TABLE = ['add table inet weft', 'delete table inet weft']

/** `others` are reloaded too when the table is gone or somebody changed its rules. */
export function firewallSteps(wanted: NetworkSpec, seen: SeenHost, others: readonly NetworkSpec[]): Step[] {
  const reason = describeFirewall(wanted)
  const table = seen.firewall === undefined ? undefined : parseRuleset(seen.firewall)
  if (table?.isIntact !== true) {
    const load = loadTable(formatRuleset([wanted, ...others]))
    return [{ reason, do: load, undo: restoreTable(seen.firewall) }]
  }
  const missing = subtract(elementsOf(wanted), table.elements)
  const stale = subtract(elementsOn(wanted, table.elements), elementsOf(wanted))
  const change = nft([...elementLines('delete', stale), ...elementLines('add', missing)])
  const back = nft([...removal(missing), ...elementLines('add', stale)])
  return isEmpty(missing) && isEmpty(stale) ? [] : [{ reason, do: change, undo: back }]
}

/** `others` are the networks that stay: with none of them the table goes too. */
export function firewallStopSteps(live: NetworkSpec, seen: SeenHost, others: readonly NetworkSpec[]): Step[] {
  if (seen.firewall === undefined) return []
  if (others.length === 0) {
    const reason = 'no network is left for the firewall table to guard'
    return [{ reason, do: nft(DELETE_TABLE), undo: loadTable(seen.firewall) }]
  }
  const present = elementsOn(live, parseRuleset(seen.firewall).elements)
  const reason = `nothing is forwarded for ${live.name} any more`
  return isEmpty(present)
    ? []
    : [{ reason, do: nft(elementLines('delete', present)), undo: nft(elementLines('add', present)) }]
}

function describeFirewall(network: NetworkSpec): string {
  if (network.mode === 'isolated')
    return `guests of ${network.name} reach each other and this host, nothing else`
  const through = network.forwardDevice === undefined ? '' : ` on ${network.forwardDevice}`
  return `guests of ${network.name} reach the outside through this host's address${through}, and only answers come in`
}

function loadTable(ruleset: string): Action {
  return nft([...DELETE_TABLE, ...ruleset.trimEnd().split('\n')])
}

function restoreTable(before: string | undefined): Action {
  return before === undefined ? nft(DELETE_TABLE) : loadTable(before)
}

/** The elements there are that begin with the network's bridge. */
function elementsOn(network: NetworkSpec, there: Elements): Elements {
  const known = grouped.get(there) ?? groupByBridge(there)
  grouped.set(there, known)
  const own = known.get(`"${network.bridge.name}"`)
  return mapElements((set) => own?.[set] ?? [])
}

/** Grouped once a look: hundreds of networks ask for theirs. */
const grouped = new WeakMap<Elements, ReturnType<typeof groupByBridge>>()

function groupByBridge(there: Elements): Map<string, Partial<Record<SetName, string[]>>> {
  const groups = new Map<string, Partial<Record<SetName, string[]>>>()
  for (const set of SET_NAMES) {
    for (const element of there[set]) {
      const [bridge = ''] = element.split(' ', 1)
      const group = groups.get(bridge) ?? {}
      groups.set(bridge, group)
      ;(group[set] ??= []).push(element)
    }
  }
  return groups
}

function subtract(these: Elements, those: Elements): Elements {
  return mapElements((set) => these[set].filter((element) => !those[set].includes(element)))
}

function mapElements(elements: (set: SetName) => readonly string[]): Elements {
  return Object.fromEntries(SET_NAMES.map((set) => [set, elements(set)])) as unknown as Elements
}

function isEmpty(elements: Elements): boolean {
  return SET_NAMES.every((set) => elements[set].length === 0)
}

function elementLines(verb: 'add' | 'delete', elements: Elements): string[] {
  return SET_NAMES.filter((set) => elements[set].length > 0).map(
    (set) => `${verb} element inet weft ${set} { ${elements[set].join(', ')} }`,
  )
}

function removal(elements: Elements): string[] {
  return [...elementLines('add', elements), ...elementLines('delete', elements)]
}
