/** Looks at firewalls of others: the rules that iptables keeps, old and new. */
import type { SeenFilter, SeenNeighbours } from '../core/network/neighbours/seen-neighbours.ts'
import { hasLegacyFilter } from './mirror-neighbours.ts'
import { runCommand } from './run-command.ts'

/** `chains` is `nft list chains`. */
export async function observeNeighbours(chains: string): Promise<SeenNeighbours> {
  const families = [
    ['ip', 'iptables'],
    ['ip6', 'ip6tables'],
  ] as const
  const filters = families.flatMap(([family, name]) => [
    ...(chains.includes(`table ${family} filter {`)
      ? [{ family, program: `${name}-nft`, isLegacy: false }]
      : []),
    ...(hasLegacyFilter(family) ? [{ family, program: `${name}-legacy`, isLegacy: true }] : []),
  ])
  const read = await Promise.all(filters.map(readFilter))
  return { filters: read.flatMap((filter) => filter ?? []) }
}

/** Undefined where the table is not one that iptables understands, or iptables is not installed. */
async function readFilter(filter: Omit<SeenFilter, 'text'>): Promise<SeenFilter | undefined> {
  try {
    const { stdout } = await runCommand([`${filter.program}-save`, '-t', 'filter'])
    // Counters, where somebody had them saved, are no part of a rule; nor is the time.
    const text = stdout.replace(/^#.*\n/gm, '').replace(/^(:\S+ \S+) \[\d+:\d+\]$/gm, '$1')
    return { ...filter, text }
  } catch {
    return undefined
  }
}
