/** All that hangs on a link besides its cable: what has to come along when the host moves from one link to another. In the words of iproute2's JSON. */
import type { InterfaceName } from '../../address/interface-name.ts'

export type Family = 4 | 6

/** From `ip -j -d addr`. */
export interface UplinkAddress {
  readonly family: 'inet' | 'inet6'
  readonly local: string
  /** The other end's, on a point-to-point address. */
  readonly address?: string
  readonly prefixlen: number
  readonly scope: string
  readonly broadcast?: string
  /** IPv4 only: the link's name, perhaps with `:1` behind it. */
  readonly label?: string
  /** Seconds; `FOREVER` for those without an end. */
  readonly valid_life_time: number
  readonly preferred_life_time: number
  readonly metric?: number
  readonly noprefixroute?: boolean
  readonly nodad?: boolean
  readonly home?: boolean
  readonly mngtmpaddr?: boolean
  readonly autojoin?: boolean
  readonly temporary?: boolean
}

/** As iproute2 prints "forever". */
export const FOREVER = 4_294_967_295

export interface Hop {
  readonly gateway?: string
  /** An IPv4 route by way of an IPv6 neighbour. */
  readonly via?: { readonly family: string; readonly host: string }
  readonly dev?: string
  readonly weight?: number
  readonly flags?: readonly string[]
}

/** From `ip -j -d route show table all`. */
export interface UplinkRoute extends Hop {
  readonly family: Family
  readonly type?: string
  readonly dst: string
  readonly table?: string
  readonly protocol?: string
  readonly scope?: string
  readonly prefsrc?: string
  readonly metric?: number
  readonly metrics?: readonly Readonly<Record<string, unknown>>[]
  readonly pref?: string
  /** Seconds. */
  readonly expires?: number
  readonly nexthops?: readonly Hop[]
}

/** From `ip -j -d rule`. */
export interface UplinkRule {
  readonly family: Family
  readonly priority: number
  readonly not?: unknown
  readonly src?: string
  readonly srclen?: number
  readonly dst?: string
  readonly dstlen?: number
  readonly iif?: string
  readonly oif?: string
  readonly fwmark?: string
  readonly fwmask?: string
  readonly ipproto?: string
  readonly table?: string
  readonly action?: string
  readonly suppress_prefixlen?: number
  readonly protocol?: string
}

/** From `ip -j neigh`, those that are known. */
export interface UplinkNeighbour {
  readonly dst: string
  readonly lladdr: string
  readonly isPermanent: boolean
}

export interface SeenUplink {
  readonly name: InterfaceName
  readonly mac: string
  readonly mtu: number
  /** The bridge or bond it is a part of. */
  readonly master: string | undefined
  readonly addresses: readonly UplinkAddress[]
  /** Through this link alone, in all tables; without those that the kernel makes for each address in the table `local`. */
  readonly routes: readonly UplinkRoute[]
  readonly rules: readonly UplinkRule[]
  readonly neighbours: readonly UplinkNeighbour[]
  /** Addresses it answers for in others' place. */
  readonly proxied: readonly string[]
  /** `ipv4.conf.rp_filter` → `1`: all that can be read, the name of the link left out. */
  readonly settings: Readonly<Record<string, string>>
  /** The same of a link that is new. */
  readonly defaults: Readonly<Record<string, string>>
  /** Seconds since the boot, when this was seen: lifetimes count from then. */
  readonly atUptime: number
  /** What cannot be moved because weft does not know the word for it: each a sentence. */
  readonly unknown: readonly string[]
}
