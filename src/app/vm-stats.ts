/** What every running machine has used. A look costs one question to each QEMU, all at once, and one to the kernel for all links. */
import { guestTraffic, type LinkCounters } from '../core/host/counters.ts'
import type { SeenLink } from '../core/host/link.ts'
import { readMark } from '../core/host/mark.ts'
import { guestMemoryOf, type BalloonAnswer, type GuestMemory } from '../core/vm/guest-memory.ts'
import { BALLOON } from '../core/vm/qemu-devices.ts'
import {
  diskUsage,
  type BlockStats,
  type DiskUsage,
  type NicUsage,
  type ProcessUsage,
} from '../core/vm/stats.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'
import { getVm, listVms } from './vm-state.ts'

export interface VmStats {
  readonly spec: VmSpec
  readonly pid: number
  readonly at: Date
  /** undefined: its process ended while we looked. */
  readonly usage: ProcessUsage | undefined
  readonly disks: readonly DiskUsage[]
  readonly nics: readonly NicUsage[]
  /** What its guest said of its memory after the look before; undefined: nothing yet, or it has no driver for that. */
  readonly memory: GuestMemory | undefined
}

/** Of one machine, or of all that run. A QEMU that does not answer has no disks to show; the others do not wait for it longer than its limit. */
export async function vmStats(app: App, only?: string): Promise<VmStats[]> {
  if (only !== undefined) getVm(app, only)
  const running = listVms(app).flatMap(({ spec, pid }) =>
    pid === undefined || (only !== undefined && spec.name !== only) ? [] : [{ spec, pid }],
  )
  if (running.length === 0) return []
  const blocks = running.map(({ spec }) => askDisks(app, spec.name))
  const memories = running.map(({ spec }) => askMemory(app, spec.name))
  const [links, counters] = await Promise.all([app.host.links(), app.host.counters()])
  const usage = app.host.processUsage(running.map(({ pid }) => pid))
  const nics = nicsByMachine(links, counters)
  const at = app.chance.now()
  return Promise.all(
    running.map(async ({ spec, pid }, index) => ({
      spec,
      pid,
      at,
      usage: usage.get(pid),
      disks: (await blocks[index]) ?? [],
      nics: nics.get(spec.name) ?? [],
      memory: await memories[index],
    })),
  )
}

async function askDisks(app: App, name: string): Promise<DiskUsage[]> {
  try {
    const stats = (await app.machines.ask(name, 'query-blockstats')) as readonly BlockStats[]
    return stats.map(diskUsage)
  } catch {
    return []
  }
}

const STATISTICS = { path: `/machine/peripheral/${BALLOON}` } as const
const INTERVAL = { ...STATISTICS, property: 'guest-stats-polling-interval' } as const
/** The longest that QEMU takes (seconds, 32 bits): it asks the guest when this is set, and then not before somebody sets it again. */
const NEVER_BY_ITSELF = 2 ** 31 - 1

/**
 * What its guest has said last. Then it is asked anew, for the next look: nobody waits for a guest, and nobody asks one that nobody
 * looks at.
 */
export async function askMemory(app: App, name: string): Promise<GuestMemory | undefined> {
  const set = (value: number): Promise<unknown> => app.machines.ask(name, 'qom-set', { ...INTERVAL, value })
  const get = { ...STATISTICS, property: 'guest-stats' }
  try {
    // QEMU takes one after the other: three questions, one time on the way.
    const answers = [app.machines.ask(name, 'qom-get', get), set(0), set(NEVER_BY_ITSELF)]
    return guestMemoryOf((await Promise.all(answers))[0] as BalloonAnswer)
  } catch {
    return undefined
  }
}

/** By the marks of the links: nothing has to be read from disk. */
export function nicsByMachine(
  links: readonly SeenLink[],
  counters: ReadonlyMap<string, LinkCounters>,
): Map<string, NicUsage[]> {
  const found = new Map<string, NicUsage[]>()
  for (const { name, alias, kind } of links) {
    const mark = readMark(alias)
    const carried = counters.get(name)
    if (mark?.kind !== 'vm' || carried === undefined) continue
    const isOwnEnd = kind === 'macvtap'
    const { rx, tx } = carried.errors
    const errors = isOwnEnd ? { received: rx, sent: tx } : { received: tx, sent: rx }
    const nic = { interface: name, traffic: guestTraffic(carried, isOwnEnd), errors }
    found.set(mark.machine, [...(found.get(mark.machine) ?? []), nic])
  }
  return found
}
