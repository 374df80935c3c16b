/** What this host does and has at this moment, in libvirt's sets of figures. */
import type { CallName } from '../wire/procedures.ts'
import { fail } from './failures.ts'
import type { Handlers } from './handler.ts'
import { answerParams, nanoseconds, uintParam, ulongParam } from './parameters.ts'

const ALL = -1
/** virNodeAllocPagesFlags: their number, and not so many more. */
const SET_PAGES = 1
const KIB = 1024
const CPU_FIELDS = ['kernel', 'user', 'idle', 'iowait'] as const
/** Counters of the kernel's memory merging (/sys/kernel/mm/ksm), in libvirt's order; the first two and the last are settings. */
const MERGING = [
  'pages_to_scan',
  'sleep_millisecs',
  'pages_shared',
  'pages_sharing',
  'pages_unshared',
  'pages_volatile',
  'full_scans',
  'merge_across_nodes',
] as const
const SETTINGS: ReadonlySet<string> = new Set(['pages_to_scan', 'sleep_millisecs', 'merge_across_nodes'])

export const NODE_STATS_HANDLERS = {
  NODE_GET_CPU_STATS: ({ node }, { cpuNum, nparams }) => {
    // How many figures there are does not depend on whose they are.
    if (nparams === 0) return { params: [], nparams: CPU_FIELDS.length }
    const times = node.cpuTimes(cpuNum === ALL ? undefined : cpuNum)
    if (times === undefined) throw fail('badArgument', 'none', 'Invalid cpuNum in virHostCPUGetStatsLinux')
    const all = CPU_FIELDS.map((field) => ({ field, value: nanoseconds(times[field]) }))
    return { params: all.slice(0, nparams), nparams: 0 }
  },
  NODE_GET_MEMORY_STATS: ({ node }, { cellNum, nparams }) => {
    if (cellNum > 0)
      throw fail('badArgument', 'none', 'cellNum in virHostMemGetStats must be less than or equal to 0')
    const memory = node.memory()
    // Of a cell the kernel tells less than of the whole host.
    const fields =
      cellNum === ALL ? (['total', 'free', 'buffers', 'cached'] as const) : (['total', 'free'] as const)
    const all = fields.map((field) => ({ field, value: BigInt(Math.floor(memory[field] / KIB)) }))
    return nparams === 0 ? { params: [], nparams: all.length } : { params: all.slice(0, nparams), nparams: 0 }
  },
  // What there is already is nothing to allocate: anything else is the administrator's to decide.
  NODE_ALLOC_PAGES: ({ node }, { pageSizes, pageCounts, flags }) => {
    pageSizes.forEach((size, i) => {
      const is = node.allPages(size)
      if (is === undefined) throw fail('failed', 'none', `page size ${String(size)} is not available`)
      const wanted = Number(pageCounts[i] ?? 0n) + ((flags & SET_PAGES) === 0 ? is : 0)
      if (wanted !== is)
        throw fail(
          'unsupported',
          'none',
          `weft leaves huge pages to the host: sysctl vm.nr_hugepages=${String(wanted)}`,
        )
    })
    return { ret: pageSizes.length }
  },
  NODE_GET_FREE_PAGES: ({ node }, { pages, startCell, cellCount }) => {
    if (startCell > 0)
      throw fail('invalidArgument', 'rpc', `start cell ${String(startCell)} out of range (0-0)`)
    const counts = cellCount === 0 ? [] : pages.map((size) => BigInt(freePages(node.freePages(size), size)))
    return { counts }
  },
  NODE_GET_MEMORY_PARAMETERS: ({ node }, { nparams }) => {
    const found = node.memoryMerging()
    const all = MERGING.flatMap((name) => {
      const value = found.get(name)
      if (value === undefined) return []
      return [SETTINGS.has(name) ? uintParam(`shm_${name}`, value) : ulongParam(`shm_${name}`, value)]
    })
    return answerParams(all, nparams)
  },
} as const satisfies Partial<Handlers<Extract<CallName, `NODE_${string}`>>>

function freePages(found: number | undefined, size: number): number {
  if (found === undefined) throw fail('failed', 'rpc', `page size ${String(size)} is not available on node 0`)
  return found
}
