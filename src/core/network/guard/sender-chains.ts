/**
 * Made-up senders: which source addresses a port may use, as the chain of its own that its frames go through first. What is compared with stands in
 * the rules: looking it up in a set that all ports share costs a packet ten times as much.
 */
import type { Ipv4Address } from '../../address/ipv4.ts'
import { ipv6ToNumber } from '../../address/ipv6.ts'
import { ipv4sOf, ipv6sOf } from '../ips.ts'
import type { PortSpec } from '../port.ts'
import type { NetworkSpec } from '../spec.ts'
import type { AntiSpoofing, GuestFirewall, IpCidr } from './firewall-spec.ts'
import { formatCidrs } from './intervals.ts'

/** What its frames are held to before any rule; undefined: to nothing. */
export function senderRules(
  network: NetworkSpec,
  port: PortSpec,
  guest: GuestFirewall | undefined,
): string[] | undefined {
  const wanted: AntiSpoofing = guest?.antiSpoofing ?? network.firewall?.antiSpoofing ?? 'mac'
  if (wanted === 'none') return undefined
  const macRules = ['ether saddr', 'arp saddr ether'].map((field) => `${field} != ${port.mac} counter drop`)
  if (wanted === 'mac') return macRules
  const own = addressOf(network, port)
  const more = [...(guest?.addresses ?? []), ...routedTo(network, own)]
  return [...macRules, ...addressRules(network, own, more)]
}

/** Given to the port, or reserved for its MAC: nobody else's. */
export function addressOf(network: NetworkSpec, port: PortSpec): Ipv4Address | undefined {
  const reserved = ipv4sOf(network)
    .flatMap(({ dhcp }) => dhcp?.hosts ?? [])
    .find(({ mac, ip }) => mac === port.mac && ip !== undefined)
  return port.ip ?? reserved?.ip
}

/** Networks behind a guest that is a router; whose address is not known may be one. */
function routedTo(network: NetworkSpec, own: string | undefined): IpCidr[] {
  return network.routes.flatMap((route): IpCidr[] => {
    if (route.family === 'ipv6') return [{ family: 'ipv6', ...route.destination }]
    return own === undefined || route.gateway === own ? [{ family: 'ipv4', ...route.destination }] : []
  })
}

/**
 * A guest with a lease from the pool may use any address of the subnet but the host's; whoever has one of its own uses only that. IPv6 addresses
 * are the guest's to make up within the prefix. Tagged frames would carry anything past this.
 */
function addressRules(network: NetworkSpec, own: Ipv4Address | undefined, more: readonly IpCidr[]): string[] {
  const hosts4 = ipv4sOf(network).map(({ cidr }) => cidr)
  const hosts6 = ipv6sOf(network).map(({ cidr }) => cidr)
  return [
    'meta protocol != { ip, arp, ip6 } counter drop',
    ...(own === undefined ? subnetRules(hosts4, more) : ownRules(own, more)),
    ...(hosts6.length === 0 && !more.some(({ family }) => family === 'ipv6') ? [] : ipv6Rules(hosts6, more)),
    ...(network.ips.length === 0 ? [] : SERVER_RULES),
  ]
}

/** Addresses, advertisements and leases come from this host. */
const SERVER_RULES = [
  'udp sport 67 counter drop',
  'udp sport 547 counter drop',
  'icmpv6 type nd-router-advert counter drop',
]

const ANY4 = { family: 'ipv4', address: '0.0.0.0', prefix: 32 } as IpCidr
const LINK_LOCAL = [
  { family: 'ipv6', address: '::', prefix: 128 },
  { family: 'ipv6', address: 'fe80::', prefix: 10 },
] as IpCidr[]

type Hosts4 = readonly ReturnType<typeof ipv4sOf>[number]['cidr'][]
type Hosts6 = readonly ReturnType<typeof ipv6sOf>[number]['cidr'][]

function subnetRules(hosts: Hosts4, more: readonly IpCidr[]): string[] {
  if (hosts.length === 0) return []
  const own = formatCidrs(hosts.map(({ address }) => ({ family: 'ipv4', address, prefix: 32 })))
  const subnets = hosts.map((cidr): IpCidr => ({ family: 'ipv4', ...cidr }))
  const all = formatCidrs([ANY4, ...subnets, ...more.filter(({ family }) => family === 'ipv4')])
  return ['ip saddr', 'arp saddr ip'].flatMap((field) => [
    `${field} ${own} counter drop`,
    `${field} != ${all} counter drop`,
  ])
}

/** `0.0.0.0` asks for a lease, and asks whether an address is free. */
function ownRules(own: Ipv4Address, more: readonly IpCidr[]): string[] {
  const mine: IpCidr = { family: 'ipv4', address: own, prefix: 32 }
  const all = formatCidrs([ANY4, mine, ...more.filter(({ family }) => family === 'ipv4')])
  return ['ip saddr', 'arp saddr ip'].map((field) => `${field} != ${all} counter drop`)
}

function ipv6Rules(hosts: Hosts6, more: readonly IpCidr[]): string[] {
  const own = formatCidrs(hosts.map(({ address }) => ({ family: 'ipv6', address, prefix: 128 })))
  const prefixes = hosts.map((cidr): IpCidr => ({ family: 'ipv6', ...cidr }))
  const all = formatCidrs([...LINK_LOCAL, ...prefixes, ...more.filter(({ family }) => family === 'ipv6')])
  const claims = hosts.map(
    ({ address }) => `icmpv6 type nd-neighbor-advert @th,64,128 ${targetOf(address)} counter drop`,
  )
  return [
    ...(own === '' ? [] : [`ip6 saddr ${own} counter drop`]),
    `ip6 saddr != ${all} counter drop`,
    ...claims,
  ]
}

/** nft 1.0.6 has no word for whom a neighbour advertisement is about. */
const targetOf = (address: Hosts6[number]['address']): string =>
  `0x${ipv6ToNumber(address).toString(16).padStart(32, '0')}`
