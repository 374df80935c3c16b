/** What processes have used, as /proc tells. */
import type { ProcessUsage } from '../core/vm/stats.ts'
import { readText } from './process-table.ts'

/** USER_HZ and the size of a page: the same on every x86-64 and arm64 Linux that weft runs on. */
const TICKS_A_SECOND = 100
const PAGE_BYTES = 4096

/** Without those that have ended. */
export function processUsage(pids: readonly number[]): ReadonlyMap<number, ProcessUsage> {
  return new Map(
    pids.flatMap((pid) => {
      const stat = readText(`/proc/${pid}/stat`)
      return stat === undefined ? [] : [[pid, usageOf(stat)] as const]
    }),
  )
}

/** Of those that are told here. */
const LAST_FIELD = 24

/** proc_pid_stat(5): the second field is a name that may hold anything, the 14th and 15th are CPU, the 24th is memory. */
function usageOf(stat: string): ProcessUsage {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ', LAST_FIELD - 2)
  const field = (number: number): number => Number(fields[number - 3])
  return {
    cpuSeconds: (field(14) + field(15)) / TICKS_A_SECOND,
    userSeconds: field(14) / TICKS_A_SECOND,
    systemSeconds: field(15) / TICKS_A_SECOND,
    residentBytes: field(LAST_FIELD) * PAGE_BYTES,
  }
}
