/** What machines and their devices use: all of them at once, or one by one as older clients ask. */
import { vmFigures, type FigureGroup, type VmFigures } from '../../app/vm-figures.ts'
import { stateOf } from '../../app/vm-state.ts'
import type { App } from '../../app/ports.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import type { CallName } from '../wire/procedures.ts'
import type { DomainHandle } from '../wire/types.ts'
import { ALL_STATS, domainStats, figuresFor } from './domain-stats.ts'
import { drivesOf, findDrive, type Drive } from './drives.ts'
import { fail } from './failures.ts'
import { select } from './filters.ts'
import { handleOf, runningMachine, specOf } from './find-machine.ts'
import type { Context, Handlers } from './handler.ts'
import { stateAndReason } from './machine-state.ts'
import { answerParams, longParam, nanoseconds, ulongParam } from './parameters.ts'

const ENFORCE = 0x8000_0000
const KIB = 1024

export const STATS_HANDLERS = {
  CONNECT_GET_ALL_DOMAIN_STATS: async (context, { doms, stats, flags }) => {
    const unknown = stats & ~ALL_STATS
    if ((flags & ENFORCE) !== 0 && unknown !== 0)
      throw fail(
        'unsupportedArgument',
        'qemu',
        `Stats types bits 0x${unknown.toString(16)} are not supported by this daemon`,
      )
    const wanted = stats === 0 ? ALL_STATS : stats & ALL_STATS
    const specs = doms.length === 0 ? asked(context.app, flags) : doms.map((dom) => specOf(context, dom))
    const all = await vmFigures(context.app, specs, figuresFor(wanted))
    const retStats = specs.flatMap((spec, place) => {
      const figures = all[place]
      if (figures === undefined) return []
      const state = stateAndReason(context, spec.name)
      return [{ dom: handleOf(context, spec), params: domainStats({ figures, state }, wanted) }]
    })
    return { retStats }
  },
  DOMAIN_BLOCK_STATS: async (context, { dom, path }) => {
    const drive = await driveFigures(context, dom, path)
    const sum = (of: (each: (typeof drive)[number]) => number): bigint =>
      BigInt(drive.reduce((all, each) => all + of(each), 0))
    return {
      rd_req: sum(({ reads }) => reads),
      rd_bytes: sum(({ readBytes }) => readBytes),
      wr_req: sum(({ writes }) => writes),
      wr_bytes: sum(({ writtenBytes }) => writtenBytes),
      errs: -1n,
    }
  },
  DOMAIN_BLOCK_STATS_FLAGS: async (context, { dom, path, nparams }) => {
    const drives = await driveFigures(context, dom, path)
    const param = (field: string, of: (each: (typeof drives)[number]) => number) =>
      longParam(
        field,
        drives.reduce((all, each) => all + of(each), 0),
      )
    const params = [
      param('wr_bytes', ({ writtenBytes }) => writtenBytes),
      param('wr_operations', ({ writes }) => writes),
      param('rd_bytes', ({ readBytes }) => readBytes),
      param('rd_operations', ({ reads }) => reads),
      param('flush_operations', ({ flushes }) => flushes),
      param('wr_total_times', ({ writeNs }) => writeNs),
      param('rd_total_times', ({ readNs }) => readNs),
      param('flush_total_times', ({ flushNs }) => flushNs),
    ]
    return answerParams(params, nparams)
  },
  DOMAIN_INTERFACE_STATS: async (context, { dom, device }) => {
    runningMachine(context, dom)
    const { live, nics } = await figuresOf(context, dom, 'nics')
    const place = live?.spec.nics.findIndex(({ mac }) => mac === device.toLowerCase()) ?? -1
    const nic = nics.get(live?.taps[place] ?? device)
    if (nic === undefined) throw fail('invalidArgument', 'qemu', `'${device}' is not a known interface`)
    const { received, sent } = nic.traffic
    return {
      rx_bytes: BigInt(received.bytes),
      rx_packets: BigInt(received.packets),
      rx_errs: BigInt(nic.errors.received),
      rx_drop: BigInt(received.drops),
      tx_bytes: BigInt(sent.bytes),
      tx_packets: BigInt(sent.packets),
      tx_errs: BigInt(nic.errors.sent),
      tx_drop: BigInt(sent.drops),
    }
  },
  DOMAIN_MEMORY_STATS: async (context, { dom, maxStats }) => {
    runningMachine(context, dom)
    return { stats: memoryStats(await figuresOf(context, dom, 'memory')).slice(0, maxStats) }
  },
  DOMAIN_GET_CPU_STATS: async (context, { dom, nparams, start_cpu, ncpus }) => {
    runningMachine(context, dom)
    if (start_cpu !== -1)
      throw fail(
        'unsupported',
        'qemu',
        "the kernel does not count a machine's time on each of the host's CPUs",
      )
    if (nparams === 0 || ncpus !== 1) return { params: [], nparams: CPU_TIMES }
    const { process } = await figuresOf(context, dom, 'process')
    const params = [
      ulongParam('cpu_time', nanoseconds(process?.cpuSeconds ?? 0)),
      ulongParam('user_time', nanoseconds(process?.userSeconds ?? 0)),
      ulongParam('system_time', nanoseconds(process?.systemSeconds ?? 0)),
    ].slice(0, nparams)
    return { params, nparams: params.length }
  },
  DOMAIN_GET_BLOCK_INFO: async (context, { dom, path }) => {
    const figures = await figuresOf(context, dom, 'drives', 'images')
    const drive = findDrive(drivesOf(figures.spec, figures.live), path)
    if (drive === undefined)
      throw fail('invalidArgument', 'qemu', `invalid path ${path} not assigned to domain`)
    if (drive.path === undefined)
      throw fail('invalidArgument', 'qemu', `disk '${path}' does not currently have a source assigned`)
    return blockInfo(context.app, figures, { ...drive, path: drive.path })
  },
  DOMAIN_GET_DISK_ERRORS: (context, { dom, maxerrors }) => {
    const name = runningMachine(context, dom)
    const spec = context.app.machines.spec(name) ?? specOf(context, dom)
    const drives = drivesOf(spec, undefined)
    // Without room: how many there could be.
    if (maxerrors === 0) return { errors: [], nerrors: drives.length }
    const { because = '' } = context.app.machines.state(name) ?? {}
    const broken = drives.filter(
      ({ path }) => path !== undefined && because.startsWith(`'${path}' could not`),
    )
    const error = /space/i.test(because) ? NO_SPACE : UNSPECIFIED
    const errors = broken.slice(0, maxerrors).map(({ target }) => ({ disk: target, error }))
    return { errors, nerrors: errors.length }
  },
} as const satisfies Partial<Handlers<Extract<CallName, `DOMAIN_${string}` | `CONNECT_${string}STATS`>>>

/** virDomainDiskErrorCode. */
const UNSPECIFIED = 1
const NO_SPACE = 2
const CPU_TIMES = 3

async function figuresOf(
  context: Context,
  dom: DomainHandle,
  ...groups: readonly FigureGroup[]
): Promise<VmFigures> {
  const [figures] = await vmFigures(context.app, [specOf(context, dom)], new Set(groups))
  if (figures === undefined) throw fail('internal', 'qemu', 'the domain has gone')
  return figures
}

/** Without a path: of all disks that have figures. */
async function driveFigures(context: Context, dom: DomainHandle, path: string) {
  runningMachine(context, dom)
  const { spec, live, drives } = await figuresOf(context, dom, 'drives')
  const all = drivesOf(spec, live)
  const found = path === '' ? all : all.filter((drive) => drive === findDrive(all, path))
  if (found.length === 0) throw fail('invalidArgument', 'qemu', `invalid path: ${path}`)
  return found.flatMap(({ id }) => drives.get(id) ?? [])
}

/** virDomainMemoryStatTags, in the order in which libvirt's driver tells them. */
function memoryStats({ spec, given, memory, process }: VmFigures): { tag: number; val: bigint }[] {
  const kib = (bytes: number | undefined): number | undefined =>
    bytes === undefined ? undefined : Math.floor(bytes / KIB)
  const all: readonly (readonly [tag: number, value: number | undefined])[] = [
    [6, given === undefined ? spec.memoryMiB * KIB : kib(given)],
    [0, kib(memory?.swappedIn)],
    [1, kib(memory?.swappedOut)],
    [2, memory?.majorFaults],
    [3, memory?.minorFaults],
    [4, kib(memory?.free)],
    [5, kib(memory?.total)],
    [8, kib(memory?.available)],
    [9, memory?.at ?? 0],
    [10, kib(memory?.caches)],
    [11, memory?.hugePagesGiven],
    [12, memory?.hugePagesRefused],
    [7, kib(process?.residentBytes)],
  ]
  return all.flatMap(([tag, value]) => (value === undefined ? [] : [{ tag, val: BigInt(value) }]))
}

async function blockInfo(
  app: App,
  { drives, images, live }: VmFigures,
  { id, node, path, target }: Drive & { readonly path: string },
): Promise<{ allocation: bigint; capacity: bigint; physical: bigint }> {
  const counted = drives.get(id)
  const open = images.get(counted?.node ?? node)
  const file = await app.host.inspectFile(path)
  if (live !== undefined && open !== undefined)
    return {
      allocation: BigInt(counted?.highestWrite === 0 ? open.used : (counted?.highestWrite ?? open.used)),
      capacity: BigInt(open.size),
      physical: BigInt(file?.size ?? open.used),
    }
  const image = await app.images.inspect(path)
  if (image === undefined || file === undefined)
    throw fail('system', 'qemu', `cannot stat file '${path}' of disk '${target}': No such file or directory`)
  return { allocation: BigInt(image.used), capacity: BigInt(image.size), physical: BigInt(file.size) }
}

/** virConnectGetAllDomainStatsFlags: the same kinds as in lists of machines. */
function asked(app: App, flags: number): readonly VmSpec[] {
  const isLive = ({ name }: VmSpec): boolean => app.machines.isRunning(name)
  const isIn =
    (wanted: string) =>
    ({ name }: VmSpec): boolean =>
      stateOf(app, name).state === wanted
  return select(app.vms.list(), flags, [
    { 1: isLive, 2: (spec) => !isLive(spec) },
    { 4: ({ isTransient }) => isTransient !== true, 8: ({ isTransient }) => isTransient === true },
    {
      16: isIn('running'),
      32: isIn('paused'),
      64: (spec) => !isLive(spec),
      128: isIn('crashed'),
    },
  ])
}
