/** What of a network's traffic firewalls of others are asked to accept: only what weft itself lets through afterwards. */
import { isServed } from '../dnsmasq/plan-dnsmasq.ts'
import { bridgeNameOf, ipv4Of, ipv6Of, isForwarded, isSwitched } from '../ips.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import { waysOf } from './ways.ts'

export type Family = 'ip' | 'ip6'
export type Hook = 'forward' | 'input'

/** Packets that are asked for; what is absent may be anything. */
export interface Ask {
  readonly hook: Hook
  readonly family: Family
  readonly in?: string
  readonly out?: string
  /**
   * Of those only: `answers` to what guests began, and what is sent on to them because it was published; `switched` between ports of the bridge.
   */
  readonly only?: 'answers' | 'switched'
  readonly protocol?: 'tcp' | 'udp' | 'icmpv6'
  readonly port?: number
  readonly icmpType?: IcmpType
  /** What it lets happen. */
  readonly meaning: string
}

/** How an IPv6 guest finds this host at all. */
export const ICMP_TYPES = {
  'nd-router-solicit': 133,
  'nd-neighbor-solicit': 135,
  'nd-neighbor-advert': 136,
} as const
export type IcmpType = keyof typeof ICMP_TYPES

export const FAMILIES: readonly Family[] = ['ip', 'ip6']

export function asksOf(network: NetworkSpec, family: Family, seen: SeenHost): Ask[] {
  return [...forwardAsks(network, family, seen), ...inputAsks(network, family)]
}

function forwardAsks(network: NetworkSpec, family: Family, seen: SeenHost): Ask[] {
  const { name, mode } = network
  const isFiltered = family === 'ip' ? seen.bridgeFilter.ipv4 : seen.bridgeFilter.ipv6
  const bridge = bridgeNameOf(network)
  if (bridge === undefined) return []
  const base = { hook: 'forward', family } as const
  const reachEachOther = `guests of ${name} reach each other`
  const switched: Ask = { ...base, in: bridge, out: bridge, only: 'switched', meaning: reachEachOther }
  const own = isFiltered && network.portsAreIsolated !== true ? [switched] : []
  if (!isSwitched(network) || !isForwarded(network) || !hasFamily(network, family)) return own
  const out = waysOf(network, seen).map((way): Ask => {
    return { ...base, in: bridge, out: way, meaning: `guests of ${name} reach the outside through ${way}` }
  })
  const meaning = `guests of ${name} get answers, and are reached at what they publish`
  const inward: Ask =
    mode === 'nat'
      ? { ...base, out: bridge, only: 'answers', meaning }
      : { ...base, out: bridge, meaning: `guests of ${name} are reached` }
  return [...out, inward, ...own]
}

/** What dnsmasq is asked on the bridge. */
function inputAsks(network: NetworkSpec, family: Family): Ask[] {
  const { name, bridge } = network
  if (bridge === undefined || !hasFamily(network, family) || !isServed(network)) return []
  const base = { hook: 'input', family, in: bridge.name } as const
  const ask = (protocol: 'tcp' | 'udp', port: number, meaning: string): Ask => {
    return { ...base, protocol, port, meaning: `guests of ${name} ${meaning}` }
  }
  const isBooting = family === 'ip' && ipv4Of(network)?.tftpRoot !== undefined
  const names = 'ask this host for names'
  const finding = Object.keys(ICMP_TYPES).map((type): Ask => {
    const meaning = `guests of ${name} find this host`
    return { ...base, protocol: 'icmpv6', icmpType: type as IcmpType, meaning }
  })
  return [
    ...(family === 'ip6' ? finding : []),
    ask('udp', family === 'ip' ? 67 : 547, 'get addresses from this host'),
    ask('udp', 53, names),
    ask('tcp', 53, names),
    ...(isBooting ? [ask('udp', 69, 'fetch from this host what they boot')] : []),
  ]
}

function hasFamily(network: NetworkSpec, family: Family): boolean {
  return (family === 'ip' ? ipv4Of(network) : ipv6Of(network)) !== undefined
}
