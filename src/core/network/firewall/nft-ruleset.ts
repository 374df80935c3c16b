/**
 * The one firewall table of weft, `inet weft`, spelt as `nft list table inet weft` prints it back. Chains and rules are shared by all
 * networks and never change: a network is only elements of the maps and sets, so a packet pays the same with one network and with 300.
 */
import { ipv4Of } from '../ips.ts'
import { asList, elementsIn } from './nft-list.ts'
import { formatPortChain, natElements, portChains } from './nft-nat.ts'
import { PUBLISHED_CHAINS, PUBLISHED_SETS, publishedElements, type PublishedPort } from './nft-published.ts'
import type { NetworkSpec } from '../spec.ts'

/** Elements by the map or set they are in, each as nft prints it: `"virbr0" : jump from_nat`. */
export type Elements = Readonly<Record<SetName, readonly string[]>>

/** The maps and sets with their types, in the order of the listing. */
const SETS = {
  from: 'map from {\n\t\ttype ifname : verdict',
  to: 'map to {\n\t\ttype ifname : verdict',
  same_bridge: 'set same_bridge {\n\t\ttype ifname . ifname',
  clamped: 'set clamped {\n\t\ttype ifname',
  uplinks: 'set uplinks {\n\t\ttype ifname . ifname',
  nat: 'set nat {\n\t\ttype ifname',
  nat6: 'set nat6 {\n\t\ttype ifname',
  nat_ranges: 'map nat_ranges {\n\t\ttype ifname : interval ipv4_addr . inet_service',
  nat_addresses: 'map nat_addresses {\n\t\ttype ifname : interval ipv4_addr',
  nat_ports: 'map nat_ports {\n\t\ttype ifname : verdict',
  ...PUBLISHED_SETS,
} as const
export type SetName = keyof typeof SETS
export const SET_NAMES = Object.keys(SETS) as SetName[]
const NO_ELEMENTS = Object.fromEntries(SET_NAMES.map((set) => [set, []])) as unknown as Elements

/**
 * Established flows leave after the first rule: a TCP connection is assured once its handshake is through. So only handshakes, and the
 * first packets of anything else, come to `clamp`, where both sides are told to send no more than the way between them carries: whoever
 * has not heard of a smaller MTU needs no ICMP from strangers to find it out. The sender's verdict comes before the target's, so an isolated guest sends nothing into
 * any other network. A nat network's guests are reached by answers only, with IPv6 too: what libvirt routes in from everywhere when
 * IPv6 is not masqueraded stays out. `same_bridge` is for hosts with br_netfilter, where frames between two guests come through here too. `fib` asks
 * whether an answer to the sender would leave by the bridge it came from: a made-up source address would not. A source port below 1024
 * would let a guest pass for a privileged process of this host. `input` keeps every network's names to itself: the name server of another answers
 * at its own address only to its own guests; and what listens at 127.0.0.1 is
 * for nobody else, also where a published port has made a bridge let answers to it pass (plan-publish.ts). Only `reject` is printed: port-unreachable is nft's default.
 */
const CHAINS = `\tchain from_nat {
		fib saddr . iif oif missing reject
	}

	chain from_nat_device {
		iifname . oifname != @uplinks reject
		fib saddr . iif oif missing reject
	}

	chain from_route {
		fib saddr . iif oif missing reject
	}

	chain from_route_device {
		iifname . oifname != @uplinks reject
		fib saddr . iif oif missing reject
	}

	chain from_isolated {
		reject
	}

	chain to_nat {
		reject
	}

	chain to_route_device {
		oifname . iifname != @uplinks reject
	}

	chain to_isolated {
		reject
	}

	chain source_nat {
		iifname . oifname @same_bridge return
		ip daddr { 224.0.0.0/4, 255.255.255.255 } return
		meta l4proto { tcp, udp } snat ip to iifname map @nat_ranges
		snat ip to iifname map @nat_addresses
		iifname vmap @nat_ports
		meta l4proto { tcp, udp } masquerade to :1024-65535
		masquerade
	}

	chain source_nat6 {
		iifname . oifname @same_bridge return
		ip6 daddr ff00::/8 return
		iifname vmap @nat_ports
		meta l4proto { tcp, udp } masquerade to :1024-65535
		masquerade
	}

	chain clamp {
		iifname @clamped tcp option maxseg size set rt mtu
		oifname @clamped tcp option maxseg size set rt mtu
	}

${PUBLISHED_CHAINS}	chain input {
		type filter hook input priority filter; policy accept;
		meta l4proto { tcp, udp } th dport 53 iifname . iifname @same_bridge fib daddr . iif type != local drop
		iifname . iifname @same_bridge ip daddr 127.0.0.0/8 ct direction original drop
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		ct status assured accept
		tcp flags syn jump clamp
		ct state established,related accept
		iifname . oifname @same_bridge accept
		iifname vmap @from
		ct status dnat jump let_in
		oifname vmap @to
	}

	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ct status dnat oifname . oifname @same_bridge goto inward
		meta nfproto ipv4 iifname @nat jump source_nat
		meta nfproto ipv6 iifname @nat6 jump source_nat6
	}
}
`

/** What one network adds to the maps and sets: nothing when it is open, or when its switch is not weft's. */
export function elementsOf(network: NetworkSpec): Elements {
  const { mode, bridge: own, forwardDevice: device } = network
  if (own === undefined || mode === 'open') return NO_ELEMENTS
  const bridge = `"${own.name}"`
  const through = device === undefined ? '' : '_device'
  // Whatever is routed to a routed network may come in.
  const hasTarget = mode !== 'route' || device !== undefined
  return {
    ...NO_ELEMENTS,
    from: [`${bridge} : jump from_${mode}${through}`],
    to: hasTarget ? [`${bridge} : jump to_${mode}${mode === 'route' ? through : ''}`] : [],
    same_bridge: [`${bridge} . ${bridge}`],
    clamped: mode === 'isolated' ? [] : [bridge],
    uplinks: device === undefined ? [] : [`${bridge} . "${device}"`],
    nat: mode === 'nat' && ipv4Of(network) !== undefined ? [bridge] : [],
    nat6: mode === 'nat' && network.nat?.ipv6 === true ? [bridge] : [],
    ...natElements(bridge, network),
  }
}

/** The whole table with the elements of these networks, and with what is published of their guests. */
export function formatRuleset(
  networks: readonly NetworkSpec[],
  ports: readonly PublishedPort[] = [],
): string {
  const published = { ...NO_ELEMENTS, ...publishedElements(networks, ports) }
  const all = [...networks.map(elementsOf), published]
  const sets = SET_NAMES.map((set) => formatSet(set, all.flatMap((elements) => elements[set]).sort()))
  const chains = portChains(all.flatMap(({ nat_ports: ports }) => ports))
  return `table inet weft {\n${sets.join('')}${chains.map((range) => formatPortChain(range)).join('')}${CHAINS}`
}

function formatSet(set: SetName, elements: readonly string[]): string {
  const list = elements.length === 0 ? '' : `\n\t\telements = { ${elements.join(',\n\t\t\t     ')} }`
  return `\t${SETS[set]}${list}\n\t}\n\n`
}

export interface ParsedRuleset {
  /** The elements of each set, as nft-list.ts has them. */
  readonly lists: Readonly<Record<SetName, string>>
  /** Whether chains, rules and sets are all as weft makes them; the elements are compared one by one. */
  readonly isIntact: boolean
}

/** The last listing read: looking after 300 networks asks about the same one 300 times. */
let last: { readonly listing: string; readonly parsed: ParsedRuleset } | undefined

/** Reads `nft list table inet weft`. */
export function parseRuleset(listing: string): ParsedRuleset {
  if (last?.listing !== listing) last = { listing, parsed: readListing(listing) }
  return last.parsed
}

function readListing(listing: string): ParsedRuleset {
  const chains = [...listing.matchAll(/^\tchain ports_(\d+_\d+) \{$/gm)].map(([, range = '']) => range)
  const skeleton = listing.replace(/\s*elements = \{[^}]*\}/g, '')
  const withoutPorts = chains.reduce(
    (text, range) => text.replace(formatPortChain(range).trimEnd(), ''),
    skeleton,
  )
  const found = new Map(
    [...listing.matchAll(/^\t(?:map|set) (\w+) \{[^}]*?\n\t\telements = \{([^}]*)\}/gm)].map(
      ([, set = '', elements = '']) => [set, elements],
    ),
  )
  const lists = SET_NAMES.map((set) => [set, asList(found.get(set) ?? '')])
  return {
    lists: Object.fromEntries(lists) as ParsedRuleset['lists'],
    isIntact: normalize(withoutPorts) === normalize(formatRuleset([])),
  }
}

/** All elements there are. */
export function elementsThere({ lists }: ParsedRuleset): Elements {
  return Object.fromEntries(
    SET_NAMES.map((set) => [set, elementsIn(lists[set]).sort()]),
  ) as unknown as Elements
}

/** Older and newer nft spell some things differently: numbers for priorities, the default reject in full. */
function normalize(listing: string): string {
  return listing
    .replace(/\s+/g, ' ')
    .replace(/ with icmpx( type)? port-unreachable/g, '')
    .replace(/priority (0|filter)(?= ?;)/g, 'priority filter')
    .replace(/priority (100|srcnat)(?= ?;)/g, 'priority srcnat')
    .trim()
}
