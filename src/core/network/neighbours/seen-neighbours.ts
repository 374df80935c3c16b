/** Firewalls of others beside weft's, as seen: whose rules a guest's packet has to pass too. */

/** By whose words something is asked. What iptables keeps is Docker's where Docker has room for it. */
export const NEIGHBOURS = ['docker', 'ufw', 'firewalld', 'iptables', 'nftables'] as const
export type NeighbourName = (typeof NEIGHBOURS)[number]

/** Rules kept by one of the iptables programs, which are one family each. */
export interface SeenFilter {
  /** `iptables-nft`, `ip6tables-legacy`: who reads and writes them. */
  readonly program: string
  readonly family: 'ip' | 'ip6'
  /** The old tables of the kernel, which nft neither shows nor tells of. */
  readonly isLegacy: boolean
  /** `iptables-save -t filter`. */
  readonly text: string
}

export interface SeenUfw {
  /** The files of rules that it was told of, `user.rules` and `user6.rules`. */
  readonly rules: string
}

export interface SeenFirewalld {
  /** Its rules are there. */
  readonly isRunning: boolean
  /** Zones by the interfaces that are in one. */
  readonly zones: ReadonlyMap<string, string>
  /** It has read weft's zones. */
  readonly knowsZones: boolean
  /** Somebody has changed it without saving that: it would be lost if it read its files again. */
  readonly hasUnsaved: boolean
  /** Weft's files, by their paths under its directory. */
  readonly files: ReadonlyMap<string, string>
}

export interface SeenNeighbours {
  readonly filters: readonly SeenFilter[]
  /** `nft -a list table` of every table of others with a chain that packets of guests meet. */
  readonly tables: { readonly text: string }
  /** Of whom nothing is to be asked: somebody said so. */
  readonly left: ReadonlySet<NeighbourName>
  /** Absent: not installed. */
  readonly ufw?: SeenUfw
  readonly firewalld?: SeenFirewalld
}

/** What every rule that weft asks of a neighbour is marked with: whoever reads it knows whose it is, and leftovers are found. */
const MARK = 'weft: '
export const markOf = (network: string): string => `${MARK}${network}`

/** The network that a comment is the mark of. */
export function markedBy(comment: string | undefined): string | undefined {
  return comment?.startsWith(MARK) === true ? comment.slice(MARK.length) : undefined
}

/** The file that says of whom nothing is to be asked. */
export function parseLeft(text: string): ReadonlySet<NeighbourName> {
  try {
    const { leave } = JSON.parse(text) as { readonly leave?: readonly string[] }
    return new Set(NEIGHBOURS.filter((name) => leave?.includes(name) === true))
  } catch {
    return new Set()
  }
}

export function formatLeft(left: ReadonlySet<NeighbourName>): string {
  return `${JSON.stringify({ leave: NEIGHBOURS.filter((name) => left.has(name)) }, null, 2)}\n`
}
