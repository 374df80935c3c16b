/** A network as somebody wants it. libvirt's `<network>` and weft's YAML are two spellings of this. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { Ipv4Address, Ipv4Cidr } from '../address/ipv4.ts'
import type { Ipv6Address, Ipv6Cidr } from '../address/ipv6.ts'
import type { MacAddress } from '../address/mac.ts'
import type { FirewallSpec } from './guard/firewall-spec.ts'

/** Modes with a bridge of weft's own. */
export const SWITCH_MODES = ['nat', 'route', 'isolated', 'open'] as const
/** Guests get macvtaps on a NIC of the host. */
export const MACVTAP_MODES = ['private', 'vepa', 'passthrough'] as const
/** `bridge` is an existing bridge of the host, or macvtaps that reach each other. */
export const FORWARD_MODES = [...SWITCH_MODES, 'bridge', ...MACVTAP_MODES] as const

export type SwitchMode = (typeof SWITCH_MODES)[number]
export type ForwardMode = (typeof FORWARD_MODES)[number]

export interface NetworkSpec {
  readonly name: string
  readonly uuid: string
  readonly mode: ForwardMode
  /** Only forward through this interface: nat and route. */
  readonly forwardDevice?: InterfaceName
  /** Guests have these addresses of the LAN behind `forwardDevice`, where this host answers in their place: route. */
  readonly proxied?: readonly ProxiedRange[]
  readonly nat?: NatSpec
  /** The host's NICs that guests' macvtaps sit on: bridge without `hostBridge`, private, vepa, passthrough. */
  readonly devices?: readonly InterfaceName[]
  /** Where this host finds guests that sit on its NIC, and they it: their addresses. Bridge with one device. */
  readonly hostReach?: readonly ReachedPiece[]
  /** The host's own bridge, in mode bridge: weft plugs guests in and leaves the rest alone. */
  readonly hostBridge?: InterfaceName
  /** weft's own switch: nat, route, isolated and open have one, the others have none. */
  readonly bridge?: BridgeSpec
  /** The bridge's MAC: fixed for the network's life. There when `bridge` is. */
  readonly mac?: MacAddress
  /** Bytes; of the bridge and of everything plugged in. */
  readonly mtu?: number
  readonly domain?: DomainSpec
  readonly dns?: DnsSpec
  /** This host's addresses on the bridge and what hangs on them; a network without one is a plain switch. */
  readonly ips: readonly IpSpec[]
  /** Networks behind a guest that is a router. */
  readonly routes: readonly RouteSpec[]
  /** Guests reach this host and the outside, but not each other. */
  readonly portsAreIsolated?: boolean
  /** The VLAN of guests whose port group names none. */
  readonly vlan?: VlanSpec
  /** How fast packets may come to all guests together, and from them, over the bridge. */
  readonly bandwidth?: BandwidthSpec
  /** Classes of NICs, for machines to name. */
  readonly portgroups?: readonly PortgroupSpec[]
  /** Who may talk to whom, and who may be whom; absent: everybody. */
  readonly firewall?: FirewallSpec
  /** Lines for the end of dnsmasq's configuration. */
  readonly dnsmasqOptions?: readonly string[]
  /** `ipv6='yes'`: guests speak IPv6 among themselves though the network has no IPv6 address. They may anyway. */
  readonly guestIpv6?: boolean
  readonly trustGuestRxFilters?: boolean
  /** XML that weft does not use but gives back unchanged (title, description, metadata), in document order. */
  readonly kept: readonly KeptElement[]
}

/** A network whose switch is weft's: the only kind with addresses, DHCP and a firewall. */
export type SwitchedNetwork = NetworkSpec & {
  readonly mode: SwitchMode
  readonly bridge: BridgeSpec
  readonly mac: MacAddress
}

export interface BridgeSpec {
  readonly name: InterfaceName
  readonly stp: boolean
  /** The kernel raises it to 2 s while STP is on. */
  readonly delaySeconds: number
  /** Written by some: who learns MACs. weft leaves it to the kernel, libvirt's default. */
  readonly macTableManager?: 'kernel'
}

export interface NatSpec {
  /** IPv6 is masqueraded too; else it is routed out, and nobody outside may begin. */
  readonly ipv6?: boolean
  /** What guests look like from outside, instead of this host's own address. */
  readonly addresses?: { readonly start: Ipv4Address; readonly end: Ipv4Address }
  readonly ports?: { readonly start: number; readonly end: number }
}

export interface DomainSpec {
  readonly name: string
  /** Names in it are never asked for outside. */
  readonly isLocalOnly?: boolean
  /** This host finds guests by their names in it too; absent: where names in it are local. */
  readonly register?: boolean
}

export interface DnsSpec {
  readonly isEnabled?: boolean
  /** Names without a dot are asked for outside too. */
  readonly forwardsPlainNames?: boolean
  readonly forwarders: readonly DnsForwarder[]
  readonly txts: readonly { readonly name: string; readonly value: string }[]
  readonly srvs: readonly SrvRecord[]
  readonly hosts: readonly { readonly ip: Ipv4Address | Ipv6Address; readonly names: readonly string[] }[]
}

/** Without `domain` for everything, without `address` the host's own servers. */
export interface DnsForwarder {
  readonly domain?: string
  readonly address?: Ipv4Address | Ipv6Address
  readonly port?: number
}

/** Without a target: the service is not to be had. */
export interface SrvRecord {
  readonly service: string
  readonly protocol: string
  readonly domain?: string
  readonly target?: string
  readonly port?: number
  readonly priority?: number
  readonly weight?: number
}

export type IpSpec = Ipv4Spec | Ipv6Spec

interface IpBase {
  /** libvirt gives `family` back when it was written. */
  readonly isFamilyWritten?: true
  /** Reverse lookups of the subnet are never asked outside. */
  readonly hasLocalPtr?: boolean
  /** How the definition spelt the prefix, so that it is given back as it came; `class`: not at all. */
  readonly prefixSpelling: 'netmask' | 'prefix' | 'class'
}

export interface Ipv4Spec extends IpBase {
  readonly family: 'ipv4'
  readonly cidr: Ipv4Cidr
  /** A directory whose files guests may fetch by TFTP. */
  readonly tftpRoot?: string
  readonly dhcp?: DhcpSpec
}

export interface Ipv6Spec extends IpBase {
  readonly family: 'ipv6'
  readonly cidr: Ipv6Cidr
  readonly dhcp?: Dhcp6Spec
}

export interface DhcpSpec {
  readonly ranges: readonly AddressRange[]
  readonly hosts: readonly Reservation[]
  readonly bootp?: { readonly file: string; readonly server?: Ipv4Address }
}

export interface Dhcp6Spec {
  readonly ranges: readonly AddressRange<Ipv6Address>[]
  readonly hosts: readonly Reservation6[]
}

/** Both ends included. */
export interface AddressRange<Address = Ipv4Address> {
  readonly start: Address
  readonly end: Address
  readonly lease?: LeaseTime
}

/** Both ends included, of one family. */
export interface ProxiedRange {
  readonly start: Ipv4Address | Ipv6Address
  readonly end: Ipv4Address | Ipv6Address
}

/** A piece of the LAN's addresses, or one alone. */
export type ReachedPiece = Ipv4Cidr | Ipv6Cidr

/** As it was written; 0 is for ever. */
export interface LeaseTime {
  readonly expiry: number
  readonly unit: 'seconds' | 'minutes' | 'hours'
}

/** A guest known in advance by its MAC, or by the name it sends: always this address, or at least this name. */
export interface Reservation {
  readonly mac?: MacAddress
  readonly ip?: Ipv4Address
  readonly name?: string
  readonly lease?: LeaseTime
}

/** Known by its DUID or by the name it sends. */
export interface Reservation6 {
  readonly id?: string
  readonly ip?: Ipv6Address
  readonly name?: string
  readonly lease?: LeaseTime
}

export type RouteSpec = Ipv4RouteSpec | Ipv6RouteSpec

interface RouteBase {
  readonly isFamilyWritten?: true
  readonly prefixSpelling: 'netmask' | 'prefix' | 'class'
  readonly metric?: number
}

export interface Ipv4RouteSpec extends RouteBase {
  readonly family: 'ipv4'
  readonly destination: Ipv4Cidr
  readonly gateway: Ipv4Address
}

export interface Ipv6RouteSpec extends RouteBase {
  readonly family: 'ipv6'
  readonly destination: Ipv6Cidr
  readonly gateway: Ipv6Address
}

export interface PortgroupSpec {
  readonly name: string
  readonly isDefault?: boolean
  readonly trustGuestRxFilters?: boolean
  readonly vlan?: VlanSpec
  /** Of each NIC in it. */
  readonly bandwidth?: BandwidthSpec
}

/** One VLAN, whose packets the guest sees without a tag; or a trunk, on which it sees the tags itself. */
export interface VlanSpec {
  readonly isTrunk?: true
  readonly tags: readonly VlanTag[]
}

export interface VlanTag {
  /** 1 to 4094. */
  readonly id: number
  /** On a trunk: packets without a tag are of this VLAN, and leave the trunk so or so. */
  readonly nativeMode?: 'tagged' | 'untagged'
}

/** As guests see it, as in libvirt. */
export interface BandwidthSpec {
  /** Towards guests. */
  readonly inbound?: RateSpec
  readonly outbound?: RateSpec
}

/** libvirt's units. */
export interface RateSpec {
  /** Kilobytes (1000) a second. */
  readonly average: number
  /** Kilobytes a second, for as long as a burst lasts. */
  readonly peak?: number
  /** Kibibytes that may come at peak speed, or at once. */
  readonly burst?: number
}

export interface KeptElement {
  readonly name: string
  /** The element as it stood, tags included. */
  readonly xml: string
}

/** A definition with what weft remembers about it. */
export interface StoredNetwork {
  readonly spec: NetworkSpec
  readonly autostart: boolean
}

/** Whatever the order of their keys. */
export function isSameNetwork(one: NetworkSpec, other: NetworkSpec): boolean {
  return inOrder(one) === inOrder(other)
}

function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
