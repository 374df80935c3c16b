/** The firewall part of starting and stopping a network: elements in, elements out, each as one nft transaction. */
import { nft, type Action } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import {
  elementsOf,
  elementsThere,
  formatRuleset,
  parseRuleset,
  SET_NAMES,
  type Elements,
  type ParsedRuleset,
  type SetName,
} from './nft-ruleset.ts'
import { elementLines, elementsIn, elementsWith, hasNone, subtract } from './nft-list.ts'
import { addPortChainLines, deletePortChainLines, portChains } from './nft-nat.ts'
import { publishRepairSteps, publishSteps, strays } from './plan-publish.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

/** Adding before deleting makes both harmless when there is nothing to delete: nft 1.0.6 has no `destroy`. */
const DELETE_TABLE = ['add table inet weft', 'delete table inet weft']

/** `others` are reloaded too when the table is gone or somebody changed its rules. */
export function firewallSteps(wanted: NetworkSpec, seen: SeenHost, others: readonly NetworkSpec[]): Step[] {
  const reason = describeFirewall(wanted)
  if (!needsFirewall(wanted)) return []
  const table = seen.firewall === undefined ? undefined : parseRuleset(seen.firewall)
  if (table?.isIntact !== true) {
    const load = loadTable(formatRuleset([wanted, ...others], seen.published))
    return [{ reason, do: load, undo: restoreTable(seen.firewall) }]
  }
  const { missing, stale } = compare(wanted, table)
  const steps = changeSteps(missing, stale, elementsIn(table.lists.nat_ports), reason)
  return [...steps, ...publishSteps(wanted, seen, others)]
}

function compare(wanted: NetworkSpec, table: ParsedRuleset): { missing: Elements; stale: Elements } {
  const [own, there] = [elementsOf(wanted), elementsOn(wanted, table)]
  return { missing: subtract(own, there), stale: subtract(there, own) }
}

function changeSteps(missing: Elements, stale: Elements, ports: readonly string[], reason: string): Step[] {
  if (hasNone(missing) && hasNone(stale)) return []
  const change = nft([...deletion(stale, ports), ...addition(missing)])
  const back = nft([...addition(missing), ...deletion(missing, ports), ...addition(stale)])
  return [{ reason, do: change, undo: back }]
}

/** For `live`, all networks that run: one transaction, whatever of theirs is missing or not as it should be. */
export function firewallRepairSteps(live: readonly NetworkSpec[], seen: SeenHost): Step[] {
  const guarded = live.filter(needsFirewall)
  if (guarded.length === 0) return []
  const table = seen.firewall === undefined ? undefined : parseRuleset(seen.firewall)
  if (table?.isIntact !== true) {
    const reason =
      table === undefined ? "weft's firewall table is there again" : "weft's firewall table is weft's again"
    const load = loadTable(formatRuleset(guarded, seen.published))
    return [{ reason, do: load, undo: restoreTable(seen.firewall) }]
  }
  const each = guarded.map((network) => compare(network, table))
  const missing = mapElements((set) => each.flatMap((part) => part.missing[set]))
  const stale = mapElements((set) => each.flatMap((part) => part.stale[set]))
  const ports = elementsIn(table.lists.nat_ports)
  const steps = changeSteps(missing, stale, ports, 'every network is guarded as it was started')
  return [...steps, ...publishRepairSteps(guarded, seen, table)]
}

/** `others` are the networks that stay: with none of them the table goes too. */
export function firewallStopSteps(live: NetworkSpec, seen: SeenHost, others: readonly NetworkSpec[]): Step[] {
  if (seen.firewall === undefined) return []
  if (!others.some(needsFirewall) && needsFirewall(live)) return [deleteTableStep(seen.firewall)]
  const table = parseRuleset(seen.firewall)
  const present = { ...elementsOn(live, table), ...strays(table, others) }
  const remove = nft(deletion(present, elementsIn(table.lists.nat_ports)))
  const reason = `nothing is forwarded for ${live.name} any more`
  return hasNone(present) ? [] : [{ reason, do: remove, undo: nft(addition(present)) }]
}

/** What is there for bridges that are gone, deleted by hand for instance: `live` are all networks that run. */
export function firewallLeftoverSteps(live: readonly NetworkSpec[], seen: SeenHost): Step[] {
  if (seen.firewall === undefined) return []
  if (!live.some(needsFirewall)) return [deleteTableStep(seen.firewall)]
  const table = parseRuleset(seen.firewall)
  const there = elementsThere(table)
  const bridges = new Set(live.map(({ bridge }) => `"${bridge?.name ?? ''}"`))
  const onBridges = mapElements((set) =>
    there[set].filter((each) => !bridges.has(each.split(' ', 1)[0] ?? '')),
  )
  const stale = { ...onBridges, ...strays(table, live) }
  const remove = nft(deletion(stale, there.nat_ports))
  return hasNone(stale)
    ? []
    : [{ reason: 'nothing is forwarded for a bridge that is gone', do: remove, undo: nft(addition(stale)) }]
}

/** Nobody stands in the way of an open network, nor on a switch that is not weft's. */
export function needsFirewall({ mode, bridge }: NetworkSpec): boolean {
  return bridge !== undefined && mode !== 'open'
}

function describeFirewall(network: NetworkSpec): string {
  if (network.mode === 'isolated')
    return `guests of ${network.name} reach each other and this host, nothing else`
  const through = network.forwardDevice === undefined ? '' : ` on ${network.forwardDevice}`
  if (network.mode === 'route')
    return `guests of ${network.name} reach the outside${through} and are reached from there, under their own addresses`
  return `guests of ${network.name} reach the outside through this host's address${through}, and only answers come in`
}

function deleteTableStep(there: string): Step {
  return {
    reason: 'no network is left for the firewall table to guard',
    do: nft(DELETE_TABLE),
    undo: loadTable(there),
  }
}

function loadTable(ruleset: string): Action {
  return nft([...DELETE_TABLE, ...ruleset.trimEnd().split('\n')])
}

function restoreTable(before: string | undefined): Action {
  return before === undefined ? nft(DELETE_TABLE) : loadTable(before)
}

/** The elements there are that begin with the network's bridge. */
function elementsOn({ bridge }: NetworkSpec, { lists }: ParsedRuleset): Elements {
  const name = `"${bridge?.name ?? ''}"`
  return mapElements((set) => elementsWith(lists[set], name).filter((element) => element.startsWith(name)))
}

function mapElements(elements: (set: SetName) => readonly string[]): Elements {
  return Object.fromEntries(SET_NAMES.map((set) => [set, elements(set)])) as unknown as Elements
}

/** With the chains that the elements lead to. */
function addition(elements: Elements): string[] {
  return [...portChains(elements.nat_ports).flatMap(addPortChainLines), ...elementLines('add', elements)]
}

/** With the chains that nobody else's element of `ports`, as they are before, leads to. */
function deletion(elements: Elements, ports: readonly string[]): string[] {
  const left = portChains(ports.filter((element) => !elements.nat_ports.includes(element)))
  const orphans = portChains(elements.nat_ports).filter((range) => !left.includes(range))
  return [...elementLines('delete', elements), ...orphans.flatMap(deletePortChainLines)]
}
