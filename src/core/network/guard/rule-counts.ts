/** What each rule has matched so far, read off the listing of `table bridge weft`. */
import type { NetworkSpec } from '../spec.ts'
import type { Direction, RuleList } from './firewall-spec.ts'
import { listChain, rulesInChain } from './network-guard.ts'
import type { ListOwner } from './edit-firewall.ts'

export interface RuleCount {
  readonly packets: number
  readonly bytes: number
}

/** In the order of the rules; undefined for those that no port is held to now. */
export function countRules(
  network: NetworkSpec,
  owner: ListOwner,
  { rules }: RuleList,
  listing: string | undefined,
): (RuleCount | undefined)[] {
  const positions = { in: 0, out: 0 }
  const counts = {
    in: chainCounts(network, owner, 'in', listing),
    out: chainCounts(network, owner, 'out', listing),
  }
  return rules.map((rule) => {
    const from = positions[rule.direction]
    positions[rule.direction] = from + rulesInChain(rule).length
    const lines = counts[rule.direction]?.slice(from, positions[rule.direction])
    return lines?.reduce((sum, each) => ({
      packets: sum.packets + each.packets,
      bytes: sum.bytes + each.bytes,
    }))
  })
}

/** Of the lines with a counter, top to bottom; a line in the wrong number is somebody else's: nothing is known then. */
function chainCounts(
  network: NetworkSpec,
  owner: ListOwner,
  direction: Direction,
  listing = '',
): RuleCount[] | undefined {
  const opening = `\n\tchain ${listChain(network, owner, direction)} {\n`
  const at = listing.indexOf(opening)
  if (at < 0) return undefined
  const body = listing.slice(at + opening.length, listing.indexOf('\n\t}', at + opening.length - 1))
  return [...body.matchAll(/counter packets (\d+) bytes (\d+)/g)].map(([, packets, bytes]) => ({
    packets: Number(packets),
    bytes: Number(bytes),
  }))
}

/** Dropped for their made-up senders, all chains of the network together. */
export function countSpoofed(prefix: string, listing = ''): RuleCount {
  const chains = listing.split('\n\tchain ').filter((each) => each.startsWith(`${prefix}senders/`))
  const found = chains.flatMap((chain) => [...chain.matchAll(/counter packets (\d+) bytes (\d+)/g)])
  return found.reduce(
    (sum, [, packets, bytes]) => ({
      packets: sum.packets + Number(packets),
      bytes: sum.bytes + Number(bytes),
    }),
    { packets: 0, bytes: 0 },
  )
}
