/**
 * Machines in numbers, as exporters ask for them again and again: of all that run at once, and only what is asked for. Each QEMU gets its
 * questions in one go, the kernel is asked once for all links.
 */
import { threadTimeOf } from '../core/host/thread-time.ts'
import type { LiveVm } from '../core/vm/context.ts'
import {
  driveFigures,
  imageFigures,
  type CpuAnswer,
  type DirtyRate,
  type DriveAnswer,
  type DriveFigures,
  type ImageFigures,
  type NodeAnswer,
} from '../core/vm/figures.ts'
import type { GuestMemory } from '../core/vm/guest-memory.ts'
import type { NicUsage, ProcessUsage, ThreadUsage } from '../core/vm/stats.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'
import { readLive } from './vm-state.ts'
import { askMemory, nicsByMachine } from './vm-stats.ts'

export type FigureGroup = 'process' | 'memory' | 'cpus' | 'nics' | 'drives' | 'images' | 'dirty-rate'

export interface VmFigures {
  /** What it runs with, or would. */
  readonly spec: VmSpec
  /** undefined: it does not run, and there is nothing to count. */
  readonly live: LiveVm | undefined
  readonly process: ProcessUsage | undefined
  /** Bytes of memory that its guest has now. */
  readonly given: number | undefined
  readonly memory: GuestMemory | undefined
  /** By their index. */
  readonly cpus: ReadonlyMap<number, ThreadUsage>
  /** By the host's end. */
  readonly nics: ReadonlyMap<string, NicUsage>
  /** By what QEMU calls the device. */
  readonly drives: ReadonlyMap<string, DriveFigures>
  /** By what QEMU calls the image. */
  readonly images: ReadonlyMap<string, ImageFigures>
  readonly dirtyRate: DirtyRate | undefined
}

/** In the order of the definitions given. A QEMU that does not answer has no figures; the others do not wait for it longer than its limit. */
export async function vmFigures(
  app: App,
  specs: readonly VmSpec[],
  wanted: ReadonlySet<FigureGroup>,
): Promise<VmFigures[]> {
  const isAny = specs.some(({ name }) => app.machines.isRunning(name))
  const nics = isAny && wanted.has('nics') ? await allNics(app) : new Map<string, NicUsage[]>()
  return Promise.all(specs.map((spec) => figuresOf(app, spec, wanted, nics.get(spec.name) ?? [])))
}

async function allNics(app: App): Promise<Map<string, NicUsage[]>> {
  const [links, counters] = await Promise.all([app.host.links(), app.host.counters()])
  return nicsByMachine(links, counters)
}

async function figuresOf(
  app: App,
  spec: VmSpec,
  wanted: ReadonlySet<FigureGroup>,
  nics: readonly NicUsage[],
): Promise<VmFigures> {
  const { name } = spec
  const pid = app.machines.pid(name)
  const live = pid === undefined ? undefined : await readLive(app, name)
  if (pid === undefined || live === undefined) return { ...NOTHING, spec }
  const ask = async <T>(group: FigureGroup, command: string, args?: Args): Promise<T | undefined> => {
    if (!wanted.has(group)) return undefined
    return app.machines.ask(name, command, args).then(
      (answer) => answer as T,
      () => undefined,
    )
  }
  const [balloon, memory, cpus, drives, nodes, dirtyRate] = await Promise.all([
    ask<{ actual: number }>('memory', 'query-balloon'),
    wanted.has('memory') ? askMemory(app, name) : undefined,
    ask<CpuAnswer[]>('cpus', 'query-cpus-fast'),
    ask<DriveAnswer[]>('drives', 'query-blockstats'),
    ask<NodeAnswer[]>('images', 'query-named-block-nodes', { flat: true }),
    ask<DirtyRate>('dirty-rate', 'query-dirty-rate'),
  ])
  const needsProcess = wanted.has('process') || wanted.has('memory')
  return {
    spec: live.spec,
    live,
    process: needsProcess ? app.host.processUsage([pid]).get(pid) : undefined,
    given: balloon?.actual,
    memory,
    cpus: await cpuFigures(app, pid, cpus ?? []),
    nics: new Map(nics.map((nic) => [nic.interface, nic])),
    drives: new Map((drives ?? []).map(driveFigures).map((drive) => [drive.id, drive])),
    images: imageFigures(nodes ?? []),
    dirtyRate,
  }
}

type Args = Readonly<Record<string, unknown>>

const NOTHING = {
  live: undefined,
  process: undefined,
  given: undefined,
  memory: undefined,
  cpus: new Map<number, ThreadUsage>(),
  nics: new Map<string, NicUsage>(),
  drives: new Map<string, DriveFigures>(),
  images: new Map<string, ImageFigures>(),
  dirtyRate: undefined,
}

async function cpuFigures(
  app: App,
  pid: number,
  cpus: readonly CpuAnswer[],
): Promise<ReadonlyMap<number, ThreadUsage>> {
  const all = cpus.map(async ({ 'cpu-index': index, 'thread-id': thread }) => {
    const directory = `/proc/${String(pid)}/task/${String(thread)}`
    const files = ['stat', 'schedstat'].map((name) => app.host.readTextFile(`${directory}/${name}`))
    const [stat = '', scheduled = ''] = await Promise.all(files)
    const time = threadTimeOf(stat)
    if (time === undefined) return []
    // sched-stats.rst: ns on a CPU, ns waiting for one, turns.
    const [, delayed] = scheduled.split(' ')
    const delayedNs = delayed === undefined ? undefined : Number(delayed)
    return [[index, { cpuSeconds: time.seconds, delayedNs }] as const]
  })
  return new Map((await Promise.all(all)).flat())
}
