/** Rules and groups of networks over HTTP. */
import type { JsonRoute } from '../../api/contract.ts'
import type { RuleListView, RulesView } from '../../api/views.ts'
import {
  addNetworkRule,
  addToGroup,
  removeFromGroup,
  removeNetworkRule,
  setNetworkRules,
} from '../../app/firewall.ts'
import { showFirewall, type FirewallState, type RuleListState } from '../../app/firewall-state.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

type RuleRoute = Extract<JsonRoute, `${string}Rule${string}` | `${string}Group`>

export const ruleHandlers = {
  listRules: async ({ app, params }) => rulesView(params.name, await showFirewall(app, params.name)),
  addRule: ({ app, params, body, request }) => changeView(addNetworkRule(app, params.name, body, request)),
  setRules: ({ app, params, body, request }) => changeView(setNetworkRules(app, params.name, body, request)),
  removeRule: ({ app, params, query, request }) =>
    changeView(removeNetworkRule(app, params.name, { ...query, which: params.rule }, request)),
  addToGroup: ({ app, params, body, request }) =>
    changeView(addToGroup(app, params.name, params.group, body.members, request)),
  removeFromGroup: ({ app, params, query, request }) => {
    const members = (query.members ?? '').split(',').filter((name) => name !== '')
    return changeView(removeFromGroup(app, params.name, params.group, members, request))
  },
} as const satisfies Handlers<RuleRoute>

function rulesView(network: string, { antiSpoofing, spoofed, lists }: FirewallState): RulesView {
  return { network, antiSpoofing, spoofed, lists: lists.map(listView) }
}

function listView(list: RuleListState): RuleListView {
  return {
    guest: list.guest ?? null,
    group: list.group ?? null,
    in: list.in ?? null,
    out: list.out ?? null,
    antiSpoofing: list.antiSpoofing ?? null,
    members: list.members,
    addresses: list.addresses,
    rules: list.rules.map(({ rule, count }, index) => ({ number: index + 1, rule, matched: count ?? null })),
  }
}
