/** Firewalls of others beside weft's, as seen: whose rules a guest's packet has to pass too. */

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

export interface SeenNeighbours {
  readonly filters: readonly SeenFilter[]
}

/** What every rule that weft asks of a neighbour is marked with: whoever reads it knows whose it is, and leftovers are found. */
const MARK = 'weft: '
export const markOf = (network: string): string => `${MARK}${network}`

/** The network that a comment is the mark of. */
export function markedBy(comment: string | undefined): string | undefined {
  return comment?.startsWith(MARK) === true ? comment.slice(MARK.length) : undefined
}
