/** What the kernel filters packets by, as `nft list ruleset` shows it, and the packets that it is asked about. */

export type TableFamily = 'ip' | 'ip6' | 'inet' | 'bridge' | 'arp' | 'netdev'
export const HOOKS = ['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting'] as const
export type Hook = (typeof HOOKS)[number]
/** Frames between the ports of a bridge go through hooks of their own. */
export type Place = Hook | `bridge ${Exclude<Hook, 'ingress'>}`

export interface Ruleset {
  /** In the order in which they were made. */
  readonly tables: readonly Table[]
}

export interface Table {
  readonly family: TableFamily
  readonly name: string
  /** Its chains are not looked at. */
  readonly isDormant: boolean
  readonly chains: ReadonlyMap<string, Chain>
  readonly sets: ReadonlyMap<string, NamedSet>
}

export interface Chain {
  readonly name: string
  readonly base?: BaseChain
  readonly rules: readonly Rule[]
}

export interface BaseChain {
  readonly type: string
  readonly hook: Hook
  readonly priority: number
  readonly policy: 'accept' | 'drop'
  /** Of ingress and egress. */
  readonly devices: readonly string[]
}

export interface Rule {
  /** As nft prints it, without its handle. */
  readonly text: string
  /** Of the kernel's old tables: its place in the chain, from 1 on. */
  readonly handle?: number
  /** As the program spells it that keeps it, where that is not nft. */
  readonly spelt?: string
  /** The rules of a chain without a name that it jumps to. */
  readonly inner?: readonly Rule[]
}

export interface NamedSet {
  readonly name: string
  readonly elements: string
}

/** All that packets are filtered by, as the programs print it that keep it. */
export interface RulesText {
  /** `nft -a list ruleset`. */
  readonly nft: string
  /** The kernel's old tables, which nft does not show. */
  readonly legacy: readonly LegacyText[]
}

export interface LegacyText {
  readonly family: 'ip' | 'ip6'
  /** `iptables-legacy`, `ip6tables-legacy`. */
  readonly program: string
  /** What the kernel has, by name: `filter`, `nat`. */
  readonly tables: readonly string[]
  /** `iptables-legacy-save`; undefined: it could not be asked. */
  readonly saved: string | undefined
}

/** A packet at a hook. What is absent is not known, unless a default is said: then what it decides is not known either. */
export interface Packet {
  readonly family: 'ip' | 'ip6'
  readonly source?: string | undefined
  readonly destination?: string | undefined
  /** A name as nft prints it, or a number. */
  readonly protocol: string
  readonly sourcePort?: number | undefined
  readonly destinationPort?: number | undefined
  /** Absent: an echo request. */
  readonly icmpType?: number
  /** Absent: none, as at the hooks where there is none. */
  readonly in?: string
  readonly out?: string
  readonly state: 'new' | 'established' | 'related' | 'invalid' | 'untracked'
  /** Absent: the original one of what is new. */
  readonly direction?: 'original' | 'reply'
  /** Whether its connection was sent on to another target, or in another sender's name; absent: no. */
  readonly isDnat?: boolean
  readonly isSnat?: boolean
  /** Whether its connection has been through address translation already; absent: what is new has not. */
  readonly isSettled?: boolean
  /** Where its sender wanted it to go, once it was sent on. */
  readonly original?: { readonly destination?: string | undefined; readonly port?: number | undefined }
  /** Absent: 0. */
  readonly mark?: number | 'unknown'
  /** Its connection's; absent: 0 of what is new. */
  readonly ctMark?: number | 'unknown'
  /** What sets were told to keep of its connection on the way so far. */
  readonly remembered?: readonly Remembered[]
  /** Absent: SYN of what is new, else ACK. */
  readonly tcpFlags?: readonly string[]
  readonly sourceMac?: string
  readonly destinationMac?: string
}

/** An element that a rule has put into a set: the values, as text. */
export interface Remembered {
  readonly table: string
  readonly set: string
  readonly values: readonly string[]
}

/** What rules ask the host about; what is absent, and what it does not answer, is not known. */
export interface HostAnswers {
  /** `local`, `unicast`, `broadcast`, `multicast`...; with a device: as seen from that one. */
  typeOf?(address: string, device?: string): string | undefined
  /** Whether some route to the address leads out by the device. */
  hasRoute?(address: string, device: string): boolean | undefined
  /** The address that the host takes where it speaks through the device. */
  addressOf?(device: string, family: Packet['family']): string | undefined
  /** What `iifkind` asks for: `bridge`, `veth`; '' for none. */
  kindOf?(device: string): string | undefined
}

/** A rule that a packet met, or the policy at the end of a chain. */
export interface RuleRef {
  readonly family: TableFamily
  readonly table: string
  readonly chain: string
  readonly hook: Hook
  /** Absent: the policy. */
  readonly handle?: number
  readonly text: string
  /** The elements of sets and maps by which it matched, with the set's name: `from "virbr0" : jump from_nat`. */
  readonly elements?: readonly string[]
}

export type Verdict = 'accept' | 'drop' | 'reject' | 'unknown'

export interface Judgement {
  readonly verdict: Verdict
  /** What matched, in order; up to where nobody knows. */
  readonly path: readonly RuleRef[]
  /** What ended it; where the verdict is unknown: what is not understood. */
  readonly decisive: RuleRef | undefined
  /** As NAT and marks left it. */
  readonly packet: Packet
}
