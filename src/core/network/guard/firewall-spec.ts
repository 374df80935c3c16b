/** Who may talk to whom on a network, as somebody wants it: part of the network's definition. */
import type { Ipv4Cidr } from '../../address/ipv4.ts'
import type { Ipv6Cidr } from '../../address/ipv6.ts'

/**
 * Rules are judged in order, the first that matches decides: those of the guest, those of its groups, those of the network. What none
 * matches is decided by `in` and `out`.
 */
export interface FirewallSpec extends RuleList {
  /** Absent: `mac`. Guests are named in rules, and a name is as good as the MAC behind it. */
  readonly antiSpoofing?: AntiSpoofing
  readonly groups: readonly GuestGroup[]
  readonly guests: readonly GuestFirewall[]
}

export interface RuleList {
  /** What becomes of packets to, and from, guests that no rule matches; absent: what the next list says, `allow` in the end. */
  readonly in?: Verdict
  readonly out?: Verdict
  readonly rules: readonly Rule[]
}

export interface GuestGroup extends RuleList {
  readonly name: string
  /** Guests by name; they need not be there. */
  readonly members: readonly string[]
}

export interface GuestFirewall extends RuleList {
  readonly name: string
  readonly antiSpoofing?: AntiSpoofing
  /** Sender addresses it may use besides its own: it is a router, or has containers. */
  readonly addresses?: readonly IpCidr[]
}

/** `mac`: frames carry the guest's own MAC. `address`: its IP addresses, too, in packets and in ARP. */
export const ANTI_SPOOFING = ['none', 'mac', 'address'] as const
export type AntiSpoofing = (typeof ANTI_SPOOFING)[number]

export const VERDICTS = ['allow', 'deny'] as const
export type Verdict = (typeof VERDICTS)[number]
export const DIRECTIONS = ['in', 'out'] as const
/** As the guest sees it. */
export type Direction = (typeof DIRECTIONS)[number]
export const PROTOCOLS = ['tcp', 'udp', 'icmp', 'any'] as const
export type Protocol = (typeof PROTOCOLS)[number]

export interface Rule {
  readonly verdict: Verdict
  readonly direction: Direction
  /** `icmp` is both families', without what neighbours find each other by. */
  readonly protocol: Protocol
  /** The receiver's, in order, none overlapping; absent: all. */
  readonly ports?: readonly PortRange[]
  /** The other end; absent: everybody. */
  readonly peer?: Peer
}

/** Both ends included. */
export interface PortRange {
  readonly start: number
  readonly end: number
}

export type Peer =
  | { readonly kind: 'addresses'; readonly addresses: readonly IpCidr[] }
  | { readonly kind: 'guest' | 'group'; readonly name: string }

export type IpCidr = ({ readonly family: 'ipv4' } & Ipv4Cidr) | ({ readonly family: 'ipv6' } & Ipv6Cidr)
