/** What machines use, as `virsh domstats` and exporters read it: the parameters of virConnectGetAllDomainStats, in libvirt's order. */
import type { FigureGroup, VmFigures } from '../../app/vm-figures.ts'
import type { DriveFigures } from '../../core/vm/figures.ts'
import type { Count } from '../../core/host/counters.ts'
import type { TypedParam } from '../wire/types.ts'
import { drivesOf, type Drive } from './drives.ts'
import { intParam, longParam, nanoseconds, textParam, uintParam, ulongParam } from './parameters.ts'

/** virDomainStatsTypes. */
export const STATS = {
  state: 1,
  cpu: 2,
  balloon: 4,
  vcpu: 8,
  net: 16,
  block: 32,
  perf: 64,
  iothread: 128,
  memory: 256,
  dirtyrate: 512,
  vm: 1024,
} as const
export const ALL_STATS = 2047

const KIB = 1024

/** What has to be looked at for these kinds. */
export function figuresFor(stats: number): ReadonlySet<FigureGroup> {
  const groups: readonly (readonly [number, readonly FigureGroup[]])[] = [
    [STATS.cpu, ['process']],
    [STATS.balloon, ['memory']],
    [STATS.vcpu, ['cpus']],
    [STATS.net, ['nics']],
    [STATS.block, ['drives', 'images']],
    [STATS.dirtyrate, ['dirty-rate']],
  ]
  return new Set(groups.flatMap(([bit, wanted]) => ((stats & bit) === 0 ? [] : wanted)))
}

export interface StatsOf {
  readonly figures: VmFigures
  readonly state: readonly [state: number, reason: number]
}

export function domainStats({ figures, state }: StatsOf, stats: number): TypedParam[] {
  const has = (bit: number): boolean => (stats & bit) !== 0
  return [
    ...(has(STATS.state) ? [intParam('state.state', state[0]), intParam('state.reason', state[1])] : []),
    ...(has(STATS.cpu) ? cpuParams(figures) : []),
    ...(has(STATS.balloon) ? balloonParams(figures) : []),
    ...(has(STATS.vcpu) ? vcpuParams(figures) : []),
    ...(has(STATS.net) ? netParams(figures) : []),
    ...(has(STATS.block) ? blockParams(figures) : []),
    ...(has(STATS.iothread) && figures.live !== undefined ? [uintParam('iothread.count', 0)] : []),
    ...(has(STATS.dirtyrate) ? dirtyRateParams(figures) : []),
  ]
}

function cpuParams({ process }: VmFigures): TypedParam[] {
  if (process === undefined) return []
  return [
    ulongParam('cpu.time', nanoseconds(process.cpuSeconds)),
    ulongParam('cpu.user', nanoseconds(process.userSeconds)),
    ulongParam('cpu.system', nanoseconds(process.systemSeconds)),
  ]
}

/** In KiB, as far as the guest tells. */
function balloonParams({ spec, live, process, given, memory }: VmFigures): TypedParam[] {
  const most = (spec.maxMemoryMiB ?? spec.memoryMiB) * KIB
  const now = given === undefined ? spec.memoryMiB * KIB : given / KIB
  const all = [ulongParam('balloon.current', now), ulongParam('balloon.maximum', Math.max(most, now))]
  if (live === undefined) return all
  const told: readonly (readonly [string, number | undefined])[] = [
    ['swap_in', kib(memory?.swappedIn)],
    ['swap_out', kib(memory?.swappedOut)],
    ['major_fault', memory?.majorFaults],
    ['minor_fault', memory?.minorFaults],
    ['unused', kib(memory?.free)],
    ['available', kib(memory?.total)],
    ['usable', kib(memory?.available)],
    ['last-update', memory?.at ?? 0],
    ['disk_caches', kib(memory?.caches)],
    ['hugetlb_pgalloc', memory?.hugePagesGiven],
    ['hugetlb_pgfail', memory?.hugePagesRefused],
    ['rss', kib(process?.residentBytes)],
  ]
  return [
    ...all,
    ...told.flatMap(([name, value]) => (value === undefined ? [] : [ulongParam(`balloon.${name}`, value)])),
  ]
}

const kib = (bytes: number | undefined): number | undefined =>
  bytes === undefined ? undefined : Math.floor(bytes / KIB)

const VCPU_RUNNING = 1

function vcpuParams({ spec, cpus }: VmFigures): TypedParam[] {
  const all = [uintParam('vcpu.current', spec.cpus), uintParam('vcpu.maximum', spec.maxCpus ?? spec.cpus)]
  const each = [...cpus].flatMap(([index, { cpuSeconds, delayedNs }]) => {
    const vcpu = `vcpu.${String(index)}`
    return [
      intParam(`${vcpu}.state`, VCPU_RUNNING),
      ulongParam(`${vcpu}.time`, nanoseconds(cpuSeconds)),
      ...(delayedNs === undefined ? [] : [ulongParam(`${vcpu}.delay`, delayedNs)]),
    ]
  })
  return [...all, ...each]
}

function netParams({ live, nics }: VmFigures): TypedParam[] {
  if (live === undefined) return []
  const each = live.taps.flatMap((name, index) => {
    const net = `net.${String(index)}`
    const nic = nics.get(name)
    if (nic === undefined) return [textParam(`${net}.name`, name)]
    return [
      textParam(`${net}.name`, name),
      ...directionParams(`${net}.rx`, nic.traffic.received, nic.errors.received),
      ...directionParams(`${net}.tx`, nic.traffic.sent, nic.errors.sent),
    ]
  })
  return [uintParam('net.count', live.taps.length), ...each]
}

function directionParams(prefix: string, { bytes, packets, drops }: Count, errors: number): TypedParam[] {
  return [
    ulongParam(`${prefix}.bytes`, bytes),
    ulongParam(`${prefix}.pkts`, packets),
    ulongParam(`${prefix}.errs`, errors),
    ulongParam(`${prefix}.drop`, drops),
  ]
}

function blockParams(figures: VmFigures): TypedParam[] {
  const drives = drivesOf(figures.spec, figures.live)
  const each = drives.flatMap((drive, index) => driveParams(figures, drive, `block.${String(index)}`))
  return [uintParam('block.count', drives.length), ...each]
}

function driveParams({ drives, images }: VmFigures, drive: Drive, block: string): TypedParam[] {
  const counted = drives.get(drive.id)
  const image = images.get(counted?.node ?? drive.node)
  return [
    textParam(`${block}.name`, drive.target),
    ...(drive.path === undefined ? [] : [textParam(`${block}.path`, drive.path)]),
    ...(counted === undefined ? [] : transferParams(block, counted)),
    ...(counted === undefined || image === undefined
      ? []
      : [
          ulongParam(`${block}.allocation`, counted.highestWrite),
          ulongParam(`${block}.capacity`, image.size),
          ulongParam(`${block}.physical`, image.used),
        ]),
  ]
}

function transferParams(block: string, counted: DriveFigures): TypedParam[] {
  return [
    ulongParam(`${block}.rd.reqs`, counted.reads),
    ulongParam(`${block}.rd.bytes`, counted.readBytes),
    ulongParam(`${block}.rd.times`, counted.readNs),
    ulongParam(`${block}.wr.reqs`, counted.writes),
    ulongParam(`${block}.wr.bytes`, counted.writtenBytes),
    ulongParam(`${block}.wr.times`, counted.writeNs),
    ulongParam(`${block}.fl.reqs`, counted.flushes),
    ulongParam(`${block}.fl.times`, counted.flushNs),
  ]
}

/** virDomainDirtyRateStatus. */
const DIRTY_RATES = { unstarted: 0, measuring: 1, measured: 2 } as const

function dirtyRateParams({ dirtyRate }: VmFigures): TypedParam[] {
  if (dirtyRate === undefined) return []
  const { status, mode, 'dirty-rate': rate } = dirtyRate
  return [
    intParam('dirtyrate.calc_status', DIRTY_RATES[status]),
    longParam('dirtyrate.calc_start_time', dirtyRate['start-time']),
    intParam('dirtyrate.calc_period', dirtyRate['calc-time']),
    ...(mode === undefined ? [] : [textParam('dirtyrate.calc_mode', mode)]),
    ...(rate === undefined ? [] : [longParam('dirtyrate.megabytes_per_second', rate)]),
  ]
}
