/** What one network with its ports adds to `table bridge weft`: chains and sets of its own, elements of those that all share. */
import { ipv4sOf, ipv6sOf } from '../ips.ts'
import { filterChains, WAYS } from '../filter/filter-chains.ts'
import type { FilterMap } from '../filter/filter-table.ts'
import type { PortSpec } from '../port.ts'
import type { NetworkSpec } from '../spec.ts'
import type { ListOwner } from './edit-firewall.ts'
import type { Direction, FirewallSpec, GuestFirewall, Rule, RuleList, Verdict } from './firewall-spec.ts'
import { DIRECTIONS } from './firewall-spec.ts'
import {
  SHARED_SET_NAMES,
  sharedChains,
  sharedSets,
  type GuardChain,
  type GuardSet,
  type GuardTable,
} from './guard-table.ts'
import { formatCidrs } from './intervals.ts'
import { ruleLines } from './rule-nft.ts'
import { senderRules } from './sender-chains.ts'

/** The beginning of the names of all that is the network's own. A name nft could not read gives way to the uuid. */
export function guardPrefix({ name, uuid }: Pick<NetworkSpec, 'name' | 'uuid'>): string {
  return /^[A-Za-z_][\w.-]{0,39}$/.test(name) ? `${name}/` : `net_${uuid}/`
}

/** Whom the rules call so: a machine's second NIC has no name in DNS, but the machine's rules. */
export const guestOf = (port: PortSpec): string | undefined => port.guest ?? port.hostName

/** undefined when nothing of it is to be guarded. */
export function guardOf(network: NetworkSpec, ports: readonly PortSpec[]): GuardTable | undefined {
  const rules = rulesOf(network, ports)
  const filters = filtersOf(network, ports)
  if (rules === undefined || filters === undefined) return rules ?? filters
  return mergeTables(rules, filters)
}

/** The filters that ports are held to, whatever their network says. */
function filtersOf(network: NetworkSpec, ports: readonly PortSpec[]): GuardTable | undefined {
  const elements: Record<FilterMap, string[]> = { filter_in: [], filter_out: [] }
  const own = new Map<string, GuardChain>()
  const hosts = ipv4sOf(network).map(({ cidr }) => cidr.address)
  for (const port of ports) {
    if (port.filter === undefined) continue
    const prefix = `${guardPrefix(network)}filter/${chainWord(port.interface)}`
    const { chains, first } = filterChains(prefix, port.filter, hosts)
    for (const [name, chain] of chains) own.set(name, chain)
    for (const way of WAYS) {
      const chain = first[way]
      if (chain !== undefined) elements[`filter_${way}`].push(`"${port.interface}" : goto ${chain}`)
    }
  }
  if (own.size === 0) return undefined
  return { sets: sharedSets(elements), chains: new Map([...sharedChains(elements), ...own]) }
}

/** Two parts of the table as one: elements of the sets that all share are put together. */
export function mergeTables(rest: GuardTable, mine: GuardTable): GuardTable {
  const elements = Object.fromEntries(
    SHARED_SET_NAMES.map((name) => [
      name,
      [rest, mine].flatMap(({ sets }) => sets.get(name)?.elements ?? []),
    ]),
  )
  return {
    sets: new Map<string, GuardSet>([...rest.sets, ...mine.sets, ...sharedSets(elements)]),
    chains: new Map([...sharedChains(elements), ...rest.chains, ...mine.chains]),
  }
}

function rulesOf(network: NetworkSpec, ports: readonly PortSpec[]): GuardTable | undefined {
  const { firewall } = network
  if (firewall === undefined || ports.length === 0) return undefined
  const chains = new Map<string, GuardChain>()
  const elements = { in: [], out: [] }
  const scope = { network, firewall, prefix: guardPrefix(network), chains, elements }
  const hasRules = hasAnyRule(firewall)
  if (hasRules) addSharedRules(scope)
  for (const port of ports) addPort(scope, port, hasRules)
  const guarded = elements.out.length > 0
  const sets = new Map<string, GuardSet>([...sharedSets(elements), ...memberSets(scope, ports)])
  return guarded ? { sets, chains: new Map([...sharedChains(elements), ...chains]) } : undefined
}

interface Scope {
  readonly network: NetworkSpec
  readonly firewall: FirewallSpec
  readonly prefix: string
  readonly chains: Map<string, GuardChain>
  readonly elements: Readonly<Record<Direction, string[]>>
}

const isList = (list: RuleList | undefined): list is RuleList =>
  list !== undefined && (list.rules.length > 0 || list.in !== undefined || list.out !== undefined)

const hasAnyRule = (firewall: FirewallSpec): boolean =>
  [firewall, ...firewall.groups, ...firewall.guests].some((list) => isList(list))

function addPort(scope: Scope, port: PortSpec, hasRules: boolean): void {
  const senders = senderRules(scope.network, port, guestRules(scope.firewall, port))
  const lists = hasRules ? addLists(scope, port) : undefined
  if (lists !== undefined) scope.elements.in.push(leadTo(port, lists.in))
  if (senders === undefined) {
    if (lists !== undefined) scope.elements.out.push(leadTo(port, lists.out))
    return
  }
  const chain = `${scope.prefix}senders/${chainWord(port.interface)}`
  scope.chains.set(chain, { rules: lists === undefined ? senders : [...senders, `goto ${lists.out}`] })
  scope.elements.out.push(leadTo(port, chain))
}

const leadTo = (port: PortSpec, chain: string): string => `"${port.interface}" : jump ${chain}`

/** The lists that several guests' chains lead to. */
function addSharedRules(scope: Scope): void {
  for (const direction of DIRECTIONS) {
    scope.chains.set(`${scope.prefix}${direction}/rules`, {
      rules: listLines(scope, scope.firewall, direction),
    })
    for (const group of scope.firewall.groups)
      scope.chains.set(groupChain(scope, direction, group.name), {
        rules: listLines(scope, group, direction),
      })
  }
}

/** The chains that judge what begins at this port; ports with the same lists share them. */
function addLists(scope: Scope, port: PortSpec): Record<Direction, string> {
  const own = guestRules(scope.firewall, port)
  const groups = scope.firewall.groups.filter(({ members }) => members.includes(guestOf(port) ?? ''))
  const entry = isList(own)
    ? `guest/${chainWord(own.name)}`
    : groups.length === 0
      ? 'all'
      : `groups/${groups.map(({ name }) => chainWord(name)).join('/')}`
  const chains = { in: `${scope.prefix}in/${entry}`, out: `${scope.prefix}out/${entry}` }
  for (const direction of DIRECTIONS) {
    const chain = chains[direction]
    if (scope.chains.has(chain)) continue
    const lists = [...(own === undefined ? [] : [own]), ...groups, scope.firewall]
    const last = lists.map((list) => list[direction]).find((verdict) => verdict !== undefined) ?? 'allow'
    const rules = [
      `jump known_${direction}`,
      ...(own === undefined ? [] : listLines(scope, own, direction)),
      ...groups.map(({ name }) => `jump ${groupChain(scope, direction, name)}`),
      `jump ${scope.prefix}${direction}/rules`,
      ...endLines(scope.network, direction, last),
    ]
    scope.chains.set(chain, { rules })
  }
  return chains
}

/** Names are found through this host, whatever else is denied. */
function endLines(network: NetworkSpec, direction: Direction, verdict: Verdict): string[] {
  const end = `goto ${verdict}_${direction}`
  if (verdict === 'allow' || direction === 'in' || network.dns?.isEnabled === false) return [end]
  const hosts4 = formatCidrs(
    ipv4sOf(network).map(({ cidr }) => ({ family: 'ipv4', address: cidr.address, prefix: 32 })),
  )
  const hosts6 = formatCidrs(
    ipv6sOf(network).map(({ cidr }) => ({ family: 'ipv6', address: cidr.address, prefix: 128 })),
  )
  const ask = (field: string, hosts: string): string[] =>
    hosts === '' ? [] : [`${field} ${hosts} meta l4proto { tcp, udp } th dport 53 goto allow_out`]
  return [...ask('ip daddr', hosts4), ...ask('ip6 daddr', hosts6), end]
}

function listLines(scope: Scope, { rules }: RuleList, direction: Direction): string[] {
  return rules
    .filter((rule) => rule.direction === direction)
    .flatMap((rule) => ruleLines(rule, (kind, name) => memberSet(scope.prefix, kind, name)))
}

/** The chain that has the rules of a list; a guest's begins with more than its rules, but with nothing that counts. */
export function listChain(network: NetworkSpec, { guest, group }: ListOwner, direction: Direction): string {
  const start = `${guardPrefix(network)}${direction}/`
  if (guest !== undefined) return `${start}guest/${chainWord(guest)}`
  return group === undefined ? `${start}rules` : `${start}group/${chainWord(group)}`
}

/** The lines that a rule is in its chain. */
export const rulesInChain = (rule: Rule): string[] => ruleLines(rule, () => 'members')

const groupChain = ({ prefix }: Scope, direction: Direction, name: string): string =>
  `${prefix}${direction}/group/${chainWord(name)}`

const memberSet = (prefix: string, kind: 'guest' | 'group', name: string): string =>
  `${prefix}${kind}/${chainWord(name)}`

/** What no nft name may have is spelt in numbers. */
const chainWord = (name: string): string =>
  name.replace(/[^\w.-]/gu, (sign) => `_x${(sign.codePointAt(0) ?? 0).toString(16)}`)

function guestRules({ guests }: FirewallSpec, port: PortSpec): GuestFirewall | undefined {
  const name = guestOf(port)
  return guests.find((each) => each.name === name)
}

/** The MACs of guests and groups that a rule names. */
function memberSets({ firewall, prefix }: Scope, ports: readonly PortSpec[]): [string, GuardSet][] {
  const rules = [firewall, ...firewall.groups, ...firewall.guests].flatMap((list) => list.rules)
  const named = new Map<string, GuardSet>()
  for (const { peer } of rules) {
    if (peer === undefined || peer.kind === 'addresses') continue
    const members =
      peer.kind === 'guest'
        ? [peer.name]
        : (firewall.groups.find(({ name }) => name === peer.name)?.members ?? [])
    const macs = ports.filter((port) => members.includes(guestOf(port) ?? '')).map(({ mac }) => mac)
    named.set(memberSet(prefix, peer.kind, peer.name), {
      kind: 'set',
      type: 'type ether_addr',
      elements: [...new Set(macs)].sort(),
    })
  }
  return [...named]
}
