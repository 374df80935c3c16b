/** The rules of a network as they stand, with what each has matched so far. */
import { listOf, NO_FIREWALL, type ListOwner } from '../core/network/guard/edit-firewall.ts'
import type { AntiSpoofing, FirewallSpec, Verdict } from '../core/network/guard/firewall-spec.ts'
import { guardPrefix } from '../core/network/guard/network-guard.ts'
import { countRules, countSpoofed, type RuleCount } from '../core/network/guard/rule-counts.ts'
import { formatAddress, formatRule } from '../core/network/guard/rule-text.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { showNetwork } from './network-state.ts'
import type { App } from './ports.ts'

export interface RuleListState {
  readonly guest: string | undefined
  readonly group: string | undefined
  readonly in: Verdict | undefined
  readonly out: Verdict | undefined
  readonly antiSpoofing: AntiSpoofing | undefined
  /** Of a group. */
  readonly members: readonly string[]
  /** Of a guest, besides its own. */
  readonly addresses: readonly string[]
  readonly rules: readonly { readonly rule: string; readonly count: RuleCount | undefined }[]
}

export interface FirewallState {
  /** What is done where nothing is said. */
  readonly antiSpoofing: AntiSpoofing
  /** In the order in which they are judged: guests, groups, the network. */
  readonly lists: readonly RuleListState[]
  /** Thrown away because the sender was made up. */
  readonly spoofed: RuleCount
}

export async function showFirewall(app: App, name: string): Promise<FirewallState> {
  const { spec, live } = await showNetwork(app, name)
  const firewall = spec.firewall ?? NO_FIREWALL
  const isCounted = live?.firewall !== undefined
  const listing = isCounted ? await app.host.guardTable() : undefined
  const owners: ListOwner[] = [
    ...firewall.guests.map((each) => ({ guest: each.name })),
    ...firewall.groups.map((each) => ({ group: each.name })),
    {},
  ]
  return {
    antiSpoofing: spec.firewall === undefined ? 'none' : (spec.firewall.antiSpoofing ?? 'mac'),
    lists: owners.map((owner) => listState(spec, firewall, owner, listing)),
    spoofed: countSpoofed(guardPrefix(spec), listing),
  }
}

function listState(
  spec: NetworkSpec,
  firewall: FirewallSpec,
  owner: ListOwner,
  listing: string | undefined,
): RuleListState {
  const list = listOf(firewall, owner) ?? NO_FIREWALL
  const counts = countRules(spec, owner, list, listing)
  const { antiSpoofing, members, addresses } = list as Partial<FirewallSpec['groups'][number]> &
    Partial<FirewallSpec['guests'][number]>
  return {
    guest: owner.guest,
    group: owner.group,
    in: list.in,
    out: list.out,
    antiSpoofing,
    members: members ?? [],
    addresses: (addresses ?? []).map(formatAddress),
    rules: list.rules.map((rule, index) => ({ rule: formatRule(rule), count: counts[index] })),
  }
}
