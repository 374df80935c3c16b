/** Network filters as libvirt has them: rules that a NIC names, in chains that have their turns by priority. */

export interface FilterSpec {
  readonly name: string
  readonly uuid: string
  /** `root`, or a protocol with a word behind it: `arp-mac`. */
  readonly chain: string
  /** When the chain has its turn; 0 for `root`, whose rules each have their own. */
  readonly priority: number
  readonly entries: readonly FilterEntry[]
}

export type FilterEntry = FilterInclude | FilterRule

/** Another filter's rules, with these values where whoever refers to this one gives none. */
export interface FilterInclude {
  readonly filter: string
  readonly parameters?: readonly FilterParameter[]
}

/** A name that stands several times has several values. */
export interface FilterParameter {
  readonly name: string
  readonly value: string
}

export const FILTER_ACTIONS = ['drop', 'accept', 'reject', 'return', 'continue'] as const
export type FilterAction = (typeof FILTER_ACTIONS)[number]
export const FILTER_DIRECTIONS = ['in', 'out', 'inout'] as const
export type FilterDirection = (typeof FILTER_DIRECTIONS)[number]

export interface FilterRule {
  readonly action: FilterAction
  /** As the guest sees it. `inout`: sender and receiver are those of packets that come in, and change places in those that go out. */
  readonly direction: FilterDirection
  readonly priority: number
  /** Packets are judged one by one, whatever was allowed before. */
  readonly isStateless?: true
  /** Absent: every frame of the chain. */
  readonly protocol?: string
  readonly fields?: readonly FilterField[]
}

export interface FilterField {
  readonly name: string
  /** As libvirt prints it; `$IP`, `$IP[1]`, `$IP[@1]` are variables. */
  readonly value: string
  readonly isNot?: true
}

/** What a NIC names. */
export interface FilterReference {
  readonly name: string
  readonly parameters?: readonly FilterParameter[]
}

/** What a port is held to from its plug on: variables have their values, and all filters are there that its own leads to. */
export interface PortFilter {
  readonly name: string
  readonly variables: readonly FilterParameter[]
  readonly filters: readonly FilterSpec[]
}

/** Where its rules do not say when a chain has its turn. */
export const CHAIN_PRIORITIES: Readonly<Record<string, number>> = {
  root: 0,
  stp: -810,
  mac: -800,
  vlan: -750,
  ipv4: -700,
  ipv6: -600,
  arp: -500,
  rarp: -400,
}

export const isInclude = (entry: FilterEntry): entry is FilterInclude => 'filter' in entry
