/** Rules of others, remembered until the monitor tells that some rule of others has changed. The kernel's old tables tell nobody. */
import type { SeenFilter } from '../core/network/neighbours/seen-neighbours.ts'
import type { LookedAt } from './observe-neighbours.ts'
import { readText } from './process-table.ts'

export interface NeighboursMirror {
  read(): Promise<LookedAt | undefined>
  /** A line of `nft monitor`; answers with a program's name when it ends somebody's change of others' rules. */
  hear(line: string): string | undefined
  forget(): void
}

/** Rules, chains and tables of others; what is put into their sets changes too often to look each time. */
const CHANGE =
  /^(?:add|insert|delete|replace|destroy) (?:rule|chain|table) (?!(?:inet|bridge) weft(?:_fast)?\b)/
const END = /^# new generation \d+ by (?:process \d+ \((.*)\))?/
/** Of weft's own. */
const NFT = 'nft'

/** `chains` is `nft list chains`. */
export function createNeighboursMirror(chains: () => Promise<string | undefined>): NeighboursMirror {
  let known: Promise<LookedAt | undefined> | undefined
  let isChanged = false
  const forget = (): void => {
    known = undefined
  }
  const look = async (): Promise<LookedAt | undefined> => {
    const tables = (await chains()) ?? ''
    const isThere = /^table (?!(?:inet|bridge) weft)/m.test(tables) || isLegacyThere() || isKept()
    // Loaded by who has neighbours.
    return isThere ? (await import('./observe-neighbours.ts')).observeNeighbours(tables) : undefined
  }
  return {
    read() {
      const hasFilters = (seen: LookedAt | undefined): boolean =>
        seen?.filters.some((filter: SeenFilter) => filter.isLegacy) === true
      // Old tables are looked at each time.
      const answer = (known ?? look()).then((seen) => (hasFilters(seen) || isLegacyThere() ? look() : seen))
      known = answer
      answer.catch(() => {
        if (known === answer) forget()
      })
      return answer
    },
    hear(line) {
      if (CHANGE.test(line) || line.startsWith('# ERROR')) {
        isChanged = true
        forget()
      }
      const end = END.exec(line)
      if (end === null || !isChanged) return undefined
      isChanged = false
      return end[1] ?? NFT
    },
    forget,
  }
}

/** ufw keeps rules also while it is switched off. */
const isKept = (): boolean => readText(UFW_RULES)?.includes('### tuple ###') === true
export const UFW_RULES = '/etc/ufw/user.rules'

export function isLegacyThere(): boolean {
  return ['ip', 'ip6'].some((family) => hasLegacyFilter(family))
}

/** The kernel lists the tables that somebody has asked for in this network namespace. */
export function hasLegacyFilter(family: string): boolean {
  return /^filter$/m.test(readText(`/proc/net/${family}_tables_names`) ?? '')
}
