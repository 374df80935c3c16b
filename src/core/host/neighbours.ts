/** Who has lately been spoken to on a link: the kernel's neighbour table (ARP, and IPv6's neighbour discovery). */

export interface Neighbour {
  readonly ip: string
  readonly mac: string
  /** This host's end of the link. */
  readonly interface: string
}

interface RawNeighbour {
  readonly dst: string
  readonly dev: string
  readonly lladdr?: string
  readonly state?: readonly string[]
}

/** From `ip -j neighbour`. Without those that do not answer; what was heard last comes first. */
export function parseNeighbours(answer: unknown): Neighbour[] {
  const rank = ({ state = [] }: RawNeighbour): number => (state.includes('STALE') ? 1 : 0)
  return [...(answer as readonly RawNeighbour[])]
    .sort((a, b) => rank(a) - rank(b))
    .flatMap(({ dst, dev, lladdr, state = [] }) =>
      lladdr === undefined || state.includes('FAILED')
        ? []
        : [{ ip: dst, mac: lladdr.toLowerCase(), interface: dev }],
    )
}
