/** Chains of others that still drop what guests need: those of whom nothing was asked, and those that have not heard of it yet. */
import type { ForeignChain } from '../firewall/foreign-chains.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import { hasDockerUser } from './plan-iptables.ts'
import { plainTables } from './plan-nftables.ts'
import { neighbourSteps } from './plan-neighbours.ts'
import { isUfws } from './plan-ufw.ts'
import { readSaved } from './iptables-save.ts'
import type { NeighbourName, SeenNeighbours } from './seen-neighbours.ts'

/** `isStarting`: what is to be asked is asked with it. */
export function unansweredChains(
  network: NetworkSpec,
  seen: SeenHost,
  { isStarting = false } = {},
): readonly ForeignChain[] {
  const { foreignChains, neighbours } = seen
  if (foreignChains.length === 0 || neighbours === undefined) return foreignChains
  const isPending = !isStarting && neighbourSteps(network, seen).length > 0
  return foreignChains.filter((chain) => {
    const name = askedBy(chain, neighbours)
    return isPending || name === undefined || neighbours.left.has(name)
  })
}

/** In whose words something is asked of the chain; undefined: weft knows none. */
function askedBy({ family, table, hook }: ForeignChain, seen: SeenNeighbours): NeighbourName | undefined {
  if (table === 'firewalld') return 'firewalld'
  const filter = seen.filters.find((each) => !each.isLegacy && each.family === family && table === 'filter')
  if (filter !== undefined) {
    if (isUfws(filter)) return 'ufw'
    return hook === 'forward' && hasDockerUser(readSaved(filter)) ? 'docker' : 'iptables'
  }
  return plainTables(seen).some((each) => each.family === family && each.name === table)
    ? 'nftables'
    : undefined
}

/** What is as it would be without them is not worth a word. */
export function withoutAnswered(
  network: NetworkSpec,
  seen: SeenHost,
  options?: { isStarting: boolean },
): SeenHost {
  return { ...seen, foreignChains: unansweredChains(network, seen, options) }
}
