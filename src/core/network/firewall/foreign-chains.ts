/**
 * Base chains of others that drop by policy. A packet has to be accepted by every base chain on its way, so what weft accepts such a
 * chain may still drop: whatever none of its own rules accepts. Here it is said which way of guests goes through which chain.
 */
import { ipv4Of, ipv6Of, isForwarded, isSwitched } from '../ips.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

export interface ForeignChain {
  readonly family: 'ip' | 'ip6' | 'inet' | 'bridge'
  readonly table: string
  readonly name: string
  readonly hook: 'input' | 'forward'
}

/** Whether frames between two ports of a bridge go through the chains for packets too: br_netfilter, by family. */
export interface BridgeFilter {
  readonly ipv4: boolean
  readonly ipv6: boolean
}

/** What guests have to go through such a chain for. */
export type Way = 'outside' | 'each other' | 'this host'
type Family = 'IPv4' | 'IPv6'

/** One chain, and what guests of a network cannot do unless its rules let them. */
export interface Blocked {
  readonly chain: ForeignChain
  readonly ways: readonly Way[]
  readonly families: readonly Family[]
}

/** Reads `nft list chains`: those of others at hooks that guests' packets pass, with the policy drop. */
export function parseForeignChains(listing: string): ForeignChain[] {
  return [...listing.matchAll(/^table (ip|ip6|inet|bridge) (\S+) \{\n([\s\S]*?)^\}/gm)].flatMap(
    ([, family, table = '', body = '']) =>
      OWN_TABLES.has(table)
        ? []
        : [...body.matchAll(CHAIN)].map(([, name = '', hook]) => ({
            family: family as ForeignChain['family'],
            table,
            name,
            hook: hook as ForeignChain['hook'],
          })),
  )
}

const OWN_TABLES = new Set(['weft', 'weft_fast'])
const CHAIN = /^\tchain (\S+) \{\n\t\ttype filter hook (input|forward) [^\n]*policy drop;/gm

export function blockedBy(
  chains: readonly ForeignChain[],
  network: NetworkSpec,
  bridged: BridgeFilter,
): Blocked[] {
  return chains.flatMap((chain) => {
    const families = (['IPv4', 'IPv6'] as const).filter((family) => concerns(chain, family))
    const cut = families.map((family) => ({ family, ways: waysOf(chain, network, family, bridged) }))
    const hit = cut.filter(({ ways }) => ways.length > 0)
    if (hit.length === 0) return []
    const ways = [...new Set(hit.flatMap((each) => each.ways))]
    return [{ chain, ways, families: hit.map(({ family }) => family) }]
  })
}

const concerns = ({ family }: ForeignChain, of: Family): boolean =>
  family === 'inet' || family === 'bridge' || family === (of === 'IPv4' ? 'ip' : 'ip6')

function waysOf(chain: ForeignChain, network: NetworkSpec, family: Family, bridged: BridgeFilter): Way[] {
  const hasAddress = (family === 'IPv4' ? ipv4Of(network) : ipv6Of(network)) !== undefined
  const onBridge = isSwitched(network) || network.hostBridge !== undefined
  if (chain.hook === 'input') {
    const reachesHost = isSwitched(network) ? hasAddress : network.hostBridge !== undefined
    return reachesHost ? ['this host'] : []
  }
  const seesFrames = chain.family === 'bridge' || (family === 'IPv4' ? bridged.ipv4 : bridged.ipv6)
  const isRouted = chain.family !== 'bridge' && isSwitched(network) && isForwarded(network) && hasAddress
  // On a bridge of the host the outside is another port of it.
  const isBridgedOut = seesFrames && network.hostBridge !== undefined
  return [
    ...(isRouted || isBridgedOut ? (['outside'] as const) : []),
    ...(seesFrames && onBridge && network.portsAreIsolated !== true ? (['each other'] as const) : []),
  ]
}

/** A sentence for people, without the network's name. */
export function blockedSentence({ chain, ways, families }: Blocked): string {
  const which = `chain '${chain.name}' of table '${chain.family} ${chain.table}' drops what its own rules do not accept`
  const only = families.length === 1 ? `${families[0] ?? ''} of ` : ''
  return `${which}: it may cut ${only}guests off from ${ways.map((way) => MEANING[way]).join(' and from ')}`
}

/** Of one network, as it is or as it would be started. */
export function blockedSentences(
  { foreignChains, bridgeFilter }: Pick<SeenHost, 'foreignChains' | 'bridgeFilter'>,
  network: NetworkSpec,
): string[] {
  return blockedBy(foreignChains, network, bridgeFilter).map(blockedSentence)
}

/** Of all of them together: a sentence for each chain. */
export function blockedAnywhere(
  { foreignChains, bridgeFilter }: Pick<SeenHost, 'foreignChains' | 'bridgeFilter'>,
  networks: readonly NetworkSpec[],
): string[] {
  return foreignChains.flatMap((chain) => {
    const blocked = networks.flatMap((each) => blockedBy([chain], each, bridgeFilter))
    if (blocked.length === 0) return []
    const ways = [...new Set(blocked.flatMap((each) => each.ways))]
    const families = [...new Set(blocked.flatMap((each) => each.families))]
    return [blockedSentence({ chain, ways, families })]
  })
}

const MEANING: Readonly<Record<Way, string>> = {
  outside: 'the outside and other networks',
  'each other': 'each other',
  'this host': 'this host, its DHCP and DNS included',
}
