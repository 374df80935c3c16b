/** What can be changed of a network piece by piece: sections, named as libvirt's virNetworkUpdate names them, and what an entry of each is. */
import type { InterfaceName } from '../../address/interface-name.ts'
import type { Ipv4Address } from '../../address/ipv4.ts'
import type { Ipv6Address } from '../../address/ipv6.ts'
import type { MacAddress } from '../../address/mac.ts'
import type {
  BandwidthSpec,
  BridgeSpec,
  DnsForwarder,
  DnsSpec,
  DomainSpec,
  ForwardMode,
  IpSpec,
  LeaseTime,
  NatSpec,
  PortgroupSpec,
  RouteSpec,
  SrvRecord,
} from '../spec.ts'

export const UPDATE_COMMANDS = ['add', 'add-first', 'add-last', 'modify', 'delete'] as const
export type UpdateCommand = (typeof UPDATE_COMMANDS)[number]

type AnyAddress = Ipv4Address | Ipv6Address

/** An entry of either family: which one, its addresses or its id tell. */
export interface HostEntry {
  readonly mac?: MacAddress
  readonly id?: string
  readonly name?: string
  readonly ip?: AnyAddress
  readonly lease?: LeaseTime
}

export interface RangeEntry {
  readonly start?: AnyAddress
  readonly end?: AnyAddress
  readonly lease?: LeaseTime
}

/** What an entry may name. To find one, some of it is enough. */
export interface SectionEntries {
  readonly 'ip-dhcp-host': HostEntry
  readonly 'ip-dhcp-range': RangeEntry
  readonly 'dns-host': { readonly ip?: AnyAddress; readonly names: readonly string[] }
  readonly 'dns-txt': { readonly name?: string; readonly value?: string }
  readonly 'dns-srv': Partial<SrvRecord>
  readonly 'dns-forwarder': DnsForwarder
  readonly 'forward-interface': { readonly device?: InterfaceName }
  readonly portgroup: Partial<PortgroupSpec>
  readonly ip: Partial<IpSpec>
  readonly route: Partial<RouteSpec>
  readonly 'dnsmasq-option': { readonly line?: string }
  readonly forward: {
    readonly mode?: ForwardMode
    readonly forwardDevice?: InterfaceName
    readonly nat?: NatSpec
  }
  readonly bridge: Partial<BridgeSpec>
  readonly domain: Partial<DomainSpec>
  readonly dns: Pick<DnsSpec, 'isEnabled' | 'forwardsPlainNames'>
  readonly mtu: { readonly size?: number }
  readonly bandwidth: BandwidthSpec
  readonly port: { readonly isIsolated?: boolean }
}
export type SectionName = keyof SectionEntries

/** For people: what one entry is. In the order help lists them. */
export const SECTIONS = {
  'ip-dhcp-host': 'a reservation: this guest always gets this address, or this name',
  'ip-dhcp-range': 'a range of addresses that guests are given',
  'dns-host': 'an address with its names',
  'dns-txt': 'a TXT record',
  'dns-srv': 'an SRV record',
  'dns-forwarder': 'a server that is asked for names, of one domain or all',
  dns: 'whether names are answered, and which are asked for outside',
  domain: 'the domain of the guests',
  ip: "an address of this host's on the network, with its subnet",
  route: 'a network behind a guest',
  forward: 'the mode, the link outside, and what guests look like there',
  'forward-interface': 'a link of this host that leads outside',
  mtu: 'the size of packets',
  bandwidth: 'how fast all guests together receive and send',
  port: 'whether guests reach each other',
  bridge: 'the spanning tree protocol and its delay',
  portgroup: 'a class of NICs',
  'dnsmasq-option': "a line for dnsmasq's configuration",
} as const satisfies Record<SectionName, string>
export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[]

interface UpdateOf<S extends SectionName> {
  readonly command: UpdateCommand
  readonly section: S
  readonly entry: SectionEntries[S]
  /** Which `<ip>` the reservation or range belongs to, from 0; else the one with DHCP, of the family of the entry. */
  readonly parentIndex?: number
  /** modify: what the entry does not name stays as it is; else the entry takes the place of what was there. */
  readonly isPartial?: boolean
}

export type NetworkUpdate = { readonly [S in SectionName]: UpdateOf<S> }[SectionName]
export type UpdateIn<S extends SectionName> = Extract<NetworkUpdate, { readonly section: S }>
