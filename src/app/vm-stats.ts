/** What every running machine has used. A look costs one question to each QEMU, all at once, and one to the kernel for all links. */
import { guestTraffic, type LinkCounters } from '../core/host/counters.ts'
import type { SeenLink } from '../core/host/link.ts'
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
}

/** Of one machine, or of all that run. A QEMU that does not answer has no disks to show; the others do not wait for it longer than its limit. */
export async function vmStats(app: App, only?: string): Promise<VmStats[]> {
  if (only !== undefined) getVm(app, only)
  const running = listVms(app).flatMap(({ spec, pid }) =>
    pid === undefined || (only !== undefined && spec.name !== only) ? [] : [{ spec, pid }],
  )
  if (running.length === 0) return []
  const blocks = running.map(({ spec }) => askDisks(app, spec.name))
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

/** By the marks of the links: nothing has to be read from disk. */
function nicsByMachine(
  links: readonly SeenLink[],
  counters: ReadonlyMap<string, LinkCounters>,
): Map<string, NicUsage[]> {
  const found = new Map<string, NicUsage[]>()
  for (const { name, alias = '', kind } of links) {
    const machine = /^weft:vm:(.+):nic\d+$/.exec(alias)?.[1]
    const carried = counters.get(name)
    if (machine === undefined || carried === undefined) continue
    const nic = { interface: name, traffic: guestTraffic(carried, kind === 'macvtap') }
    found.set(machine, [...(found.get(machine) ?? []), nic])
  }
  return found
}
