/** Published ports of running networks: elements of the firewall table, and what this host needs to use them at 127.0.0.1 itself. */
import { nft, type Action } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import { elementLines, elementsIn, hasNone, subtract } from './nft-list.ts'
import {
  canPublish,
  PUBLISHED_SET_NAMES,
  publishedElements,
  strayElements,
  type PublishedElements,
} from './nft-published.ts'
import { parseRuleset, type ParsedRuleset } from './nft-ruleset.ts'

/**
 * Those of one network's guests, element by element; none while the table is not there or not weft's: its reload brings them too. What
 * leads to nobody else's guests is this network's: it may have had another subnet. `others` are all other networks that run.
 */
export function publishSteps(wanted: NetworkSpec, seen: SeenHost, others: readonly NetworkSpec[]): Step[] {
  const table = seen.firewall === undefined ? undefined : parseRuleset(seen.firewall)
  if (table?.isIntact !== true) return []
  return changeSteps(publishedElements([wanted], seen.published), strays(table, others))
}

/** For `live`, all networks that run. */
export function publishRepairSteps(
  live: readonly NetworkSpec[],
  seen: SeenHost,
  table: ParsedRuleset,
): Step[] {
  return changeSteps(publishedElements(live, seen.published), publishedThere(table))
}

/** What is there and leads to no guest of the networks that stay. */
export function strays(table: ParsedRuleset, staying: readonly NetworkSpec[]): PublishedElements {
  return strayElements(publishedThere(table), staying)
}

function publishedThere({ lists }: ParsedRuleset): PublishedElements {
  const entries = PUBLISHED_SET_NAMES.map((set) => [set, elementsIn(lists[set])] as const)
  return Object.fromEntries(entries) as unknown as PublishedElements
}

/** What goes is a step of its own: a port that leads to another guest now is added where there is no such port any more, also when taken back. */
function changeSteps(own: PublishedElements, there: PublishedElements): Step[] {
  const [missing, stale] = [subtract(own, there), subtract(there, own)]
  const close: Step = {
    reason: describe(stale, () => 'is its own again'),
    do: nft(elementLines('delete', stale)),
    undo: nft(elementLines('add', stale)),
  }
  const open: Step = {
    reason: describe(missing, (target) => `leads to ${target}`),
    do: nft(elementLines('add', missing)),
    undo: nft([...elementLines('add', missing), ...elementLines('delete', missing)]),
  }
  return [...(hasNone(stale) ? [] : [close]), ...(hasNone(missing) ? [] : [open])]
}

/** `tcp . 8080 : 192.168.122.5 . 80`. */
function describe(elements: PublishedElements, what: (target: string) => string): string {
  const maps = [
    ...elements.published,
    ...elements.published_at,
    ...elements.published6,
    ...elements.published6_at,
  ]
  const [first] = maps
  if (first === undefined) return 'who may use published ports is as asked for'
  const [key = '', target = ''] = first.split(' : ')
  const [protocol = '', port = ''] = key.split(' . ').slice(-2)
  const [address = '', guestPort = ''] = target.split(' . ')
  const more = maps.length === 1 ? '' : `, ${String(maps.length - 1)} more likewise`
  return `${protocol} port ${port} of this host ${what(`port ${guestPort} of ${address}`)}${more}`
}

/**
 * Answers to this host's own packets from 127.0.0.1 come in by the bridge, under a target that no other link may carry. Only while a port
 * is published there, and behind a rule that lets nothing but answers have that target (nft-ruleset.ts).
 */
export function localnetSteps(wanted: NetworkSpec, seen: SeenHost): Step[] {
  const { bridge } = wanted
  if (bridge === undefined) return []
  const isWanted = canPublish(wanted) && hasLoopback(wanted, seen)
  if (isWanted === (seen.localnet?.has(bridge.name) ?? false)) return []
  const reason = isWanted
    ? `this host reaches published ports of ${wanted.name} at 127.0.0.1 too`
    : `nothing of ${wanted.name} is published at 127.0.0.1 any more`
  return [{ reason, do: localnet(bridge.name, isWanted), undo: localnet(bridge.name, !isWanted) }]
}

/** Before the rule goes that stands in front of it. */
export function localnetStopSteps(live: NetworkSpec, seen: SeenHost): Step[] {
  return localnetSteps(live, { ...seen, published: [] })
}

function hasLoopback(network: NetworkSpec, { published = [] }: SeenHost): boolean {
  const { published: everywhere, published_at: somewhere } = publishedElements([network], published)
  return everywhere.length > 0 || somewhere.some((element) => element.startsWith('127.'))
}

function localnet(name: string, isOn: boolean): Action {
  const key = `net.ipv4.conf.${name.replaceAll('.', '/')}.route_localnet`
  return { kind: 'sysctl', key, value: isOn ? '1' : '0' }
}
