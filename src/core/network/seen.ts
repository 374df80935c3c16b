/** The host as the kernel, the process table and the generated files show it: the `seen` of every network planner. */
import { readMark } from '../host/mark.ts'
import { readOnce } from '../host/read-once.ts'
import type { InterfaceName } from '../address/interface-name.ts'
import type { Ipv4Cidr } from '../address/ipv4.ts'
import type { Ipv6Cidr } from '../address/ipv6.ts'
import type { SeenLink } from '../host/link.ts'
import type { SeenProxy } from './bridge/plan-proxy.ts'
import type { SeenQueue } from './bridge/impairment.ts'
import type { BridgeFilter, ForeignChain } from './firewall/foreign-chains.ts'
import type { PublishedPort } from './firewall/nft-published.ts'
import type { SeenNeighbours } from './neighbours/seen-neighbours.ts'
import type { NetworkSpec } from './spec.ts'

export interface SeenHost {
  readonly links: readonly SeenLink[]
  /** What sits on a NIC of this host from inside a namespace, by the names of the ports asked for. */
  readonly inside?: readonly SeenLink[]
  /** Root queues, looked at only where a link has one that somebody chose. */
  readonly queues?: readonly SeenQueue[]
  /** IPv4, every table. */
  readonly routes: readonly SeenRoute[]
  /** IPv6, every table. */
  readonly routes6: readonly SeenRoute<Ipv6Cidr>[]
  /** Policy rules that name addresses. */
  readonly rules: readonly SeenRule[]
  readonly rules6: readonly SeenRule<Ipv6Cidr>[]
  readonly ipForward: boolean
  /** The value ip_forward had before weft turned it on, as noted in the run directory; undefined when weft did not. */
  readonly ipForwardBefore: string | undefined
  /** net.ipv4.conf.all.accept_redirects is off: with forwarding it changes by itself. */
  readonly refusesRedirects?: true
  /** net.ipv6.conf.all.forwarding. */
  readonly ipv6Forwarding: boolean
  /** The same note for IPv6. */
  readonly ipv6ForwardingBefore: string | undefined
  /** Links that have routes from router advertisements, with their accept_ra. */
  readonly acceptRa: ReadonlyMap<string, string>
  /** `nft list table inet weft`, undefined when there is no such table. */
  readonly firewall: string | undefined
  /** `nft list table bridge weft`, undefined when there is no such table. */
  readonly guard: string | undefined
  /** br_netfilter hands frames between the ports of a bridge to the IP firewall too. */
  readonly filtersBridged?: boolean
  /** `nft list table inet weft_fast`; absent where the kernel has no flowtables. */
  readonly fastPath?: { readonly listing: string | undefined }
  /** Chains of others that drop by policy where guests' packets pass. */
  readonly foreignChains: readonly ForeignChain[]
  readonly bridgeFilter: BridgeFilter
  /** Firewalls of others, with their rules; absent: there are none. */
  readonly neighbours?: SeenNeighbours
  /** Generated files of the networks asked for, by absolute path; a file that is not there is not in the map. */
  readonly files: ReadonlyMap<string, string>
  /** What this host answers for in others' place; looked at only where a network that runs has such addresses. */
  readonly proxied?: readonly SeenProxy[]
  /** What guards the shims of networks asked for that run: `nft list`, by network. Absent: none has one. */
  readonly shims?: ReadonlyMap<string, string>
  /** Not seen but said by machines' definitions, which no planner of networks knows; absent: none. */
  readonly published?: readonly PublishedPort[]
  /** Bridges of networks asked for that let packets for 127.0.0.1 pass. */
  readonly localnet?: ReadonlySet<string>
  /** Networks without a bridge of weft's own that run. */
  readonly borrowed: readonly string[]
  /** Networks asked for whose dnsmasq runs (pid file, live process, our command line). */
  readonly dnsmasqRunning: ReadonlySet<string>
}

export interface SeenRule<Cidr = Ipv4Cidr> {
  /** The lowest is asked first; the main table's own has 32766. */
  readonly priority: number
  readonly from?: Cidr
  readonly to?: Cidr
  /** Where it looks for a route. */
  readonly table?: string
  /** It looks nowhere: what it is about goes nowhere. */
  readonly refuses: boolean
  /** About all packets with these addresses, not only those with some mark, user, interface or port. */
  readonly isForAll: boolean
}

export interface SeenRoute<Cidr = Ipv4Cidr> {
  /** `default` is 0.0.0.0/0. */
  readonly destination: Cidr
  readonly device: InterfaceName | undefined
  readonly table: string
  readonly gateway: string | undefined
  readonly metric: number | undefined
  /** Where the route itself says less than its link. */
  readonly mtu?: number | undefined
}

/** The network whose own bridge a link is. */
export function markedNetwork({ kind, alias }: SeenLink): string | undefined {
  const mark = kind === 'bridge' ? readMark(alias) : undefined
  return mark?.kind === 'network' ? mark.network : undefined
}

/** By the network's name. */
const markedBridges = readOnce((links: readonly SeenLink[]): ReadonlyMap<string, SeenLink> => {
  const found = new Map<string, SeenLink>()
  for (const link of links) {
    const name = markedNetwork(link)
    // Of two with one mark the first counts.
    if (name !== undefined && !found.has(name)) found.set(name, link)
  }
  return found
})

export function bridgeOf(seen: Pick<SeenHost, 'links'>, networkName: string): SeenLink | undefined {
  return markedBridges(seen.links).get(networkName)
}

/** The bridge that guests of the network are plugged into: weft's own, or the host's. */
export function switchOf(
  seen: Pick<SeenHost, 'links'>,
  { name, hostBridge }: NetworkSpec,
): SeenLink | undefined {
  if (hostBridge === undefined) return bridgeOf(seen, name)
  return seen.links.find((link) => link.kind === 'bridge' && link.name === hostBridge)
}

/** Names of the networks that run: intent is stored, state is what the kernel shows. */
export function activeNetworks(seen: Pick<SeenHost, 'links' | 'borrowed'>): string[] {
  return [...markedBridges(seen.links).keys(), ...seen.borrowed]
}

export function isActive(seen: Pick<SeenHost, 'links' | 'borrowed'>, name: string): boolean {
  return bridgeOf(seen, name) !== undefined || seen.borrowed.includes(name)
}
