/** What guests cannot do because of firewalls of others, and the rule that says so: in both families, by new tables and by old ones. */
import { judge } from '../../host/ruleset/judge.ts'
import { ownerOf } from '../../host/ruleset/owner.ts'
import { parseRuleset } from '../../host/ruleset/read-ruleset.ts'
import type { HostAnswers, Packet, RuleRef, Ruleset } from '../../host/ruleset/ruleset.ts'
import { readOnce } from '../../host/read-once.ts'
import { ipv4Of, ipv6Of } from '../ips.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import { asksOf, FAMILIES, ICMP_TYPES, type Ask } from './asks.ts'
import { withoutCounts } from './describe.ts'
import { legacyRuleset } from './legacy-ruleset.ts'
import type { SeenNeighbours } from './seen-neighbours.ts'

/** Something that guests of a network cannot do, and the rule that says so. */
export interface StoppedFlow {
  readonly network: string
  readonly flow: string
  readonly rule: string
  readonly owner: string
}

/** Rules that a packet has to pass, each by themselves: whichever stops it has stopped it. */
interface Sieve {
  readonly ruleset: Ruleset
  readonly place: (rule: RuleRef) => string
}

const sievesOf = readOnce(({ tables, filters }: SeenNeighbours): Sieve[] => [
  {
    ruleset: parseRuleset(tables.text),
    place: ({ chain, family, table }) => `chain '${chain}' of table '${family} ${table}'`,
  },
  ...filters
    .filter(({ isLegacy }) => isLegacy)
    .map((filter): Sieve => {
      return {
        ruleset: legacyRuleset(filter),
        place: ({ chain }) => `chain '${chain}' of ${filter.program}`,
      }
    }),
])

/** Where nobody can tell, nothing is said. */
export function stoppedFlows(live: readonly NetworkSpec[], seen: SeenHost): StoppedFlow[] {
  const { neighbours } = seen
  if (neighbours === undefined) return []
  const sieves = sievesOf(neighbours)
  const answers = answersOf(seen)
  const flows = live.flatMap((network) =>
    FAMILIES.flatMap((family) => asksOf(network, family, seen)).flatMap((ask) => {
      const packet = packetOf(ask, network)
      if (packet === undefined) return []
      return sieves.flatMap((sieve) => stoppedIn(sieve, packet, ask, { network: network.name, answers }))
    }),
  )
  // By UDP and by TCP is one to people.
  return [...new Map(flows.map((flow) => [JSON.stringify(flow), flow])).values()]
}

function stoppedIn(
  { ruleset, place }: Sieve,
  packet: Packet,
  { hook, meaning }: Ask,
  { network, answers }: { readonly network: string; readonly answers: HostAnswers },
): StoppedFlow[] {
  const { verdict, decisive } = judge(ruleset, packet, hook, answers)
  if (decisive === undefined || (verdict !== 'drop' && verdict !== 'reject')) return []
  const { who } = ownerOf(decisive, { ruleset })
  const rule = `${place(decisive)}: ${withoutCounts(decisive.text)}`
  return [{ network, flow: meaning, rule, owner: who }]
}

/** The first one of such packets; answers are let through by whoever let the question. */
function packetOf(ask: Ask, network: NetworkSpec): Packet | undefined {
  if (ask.only !== undefined) return undefined
  const base = {
    family: ask.family,
    state: 'new',
    ...(ask.in === undefined ? {} : { in: ask.in }),
    ...(ask.out === undefined ? {} : { out: ask.out }),
  } as const
  if (ask.protocol === 'icmpv6') return { ...base, ...finding(ask) }
  const served = {
    ...base,
    protocol: ask.protocol ?? 'tcp',
    destinationPort: ask.port ?? 443,
  }
  return ask.hook === 'forward' ? served : { ...served, ...ends(ask, network) }
}

/** From whom to whom guests ask this host. */
function ends({ family, port }: Ask, network: NetworkSpec): Pick<Packet, 'source' | 'destination'> {
  if (port === DHCP[family]) return DHCP_ENDS[family]
  const own = family === 'ip' ? ipv4Of(network) : ipv6Of(network)
  return { source: undefined, destination: own?.cidr.address }
}

const DHCP = { ip: 67, ip6: 547 } as const
/** To everybody; in IPv6 to the group of all who serve it (RFC 8415). */
const DHCP_ENDS = {
  ip: { source: '0.0.0.0', destination: '255.255.255.255' },
  ip6: { source: 'fe80::1', destination: 'ff02::1:2' },
} as const

/** To all routers, and to the groups that neighbours are asked in (RFC 4861). */
function finding({ icmpType }: Ask): Omit<Packet, 'family' | 'state'> {
  const groups = { 'nd-router-solicit': 'ff02::2', 'nd-neighbor-solicit': 'ff02::1:ff00:1' } as const
  const name = icmpType ?? 'nd-neighbor-advert'
  const destination = name === 'nd-neighbor-advert' ? 'ff02::1' : groups[name]
  return { protocol: 'ipv6-icmp', icmpType: ICMP_TYPES[name], source: 'fe80::1', destination }
}

function answersOf({ links }: SeenHost): HostAnswers {
  const own = new Set<string>(
    links.flatMap(({ ipv4, ipv6 }) => [...ipv4, ...ipv6].map(({ address }) => address)),
  )
  return {
    typeOf: (address) => {
      if (own.has(address)) return 'local'
      if (address.startsWith('ff')) return 'multicast'
      return address === '255.255.255.255' ? 'broadcast' : 'unicast'
    },
  }
}
