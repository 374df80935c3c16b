/** What this computer is: processors, memory, name. Looked at when a client of libvirt asks. */
import { readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { cpus, freemem, hostname, totalmem } from 'node:os'
import type { App } from '../app/ports.ts'
import type { CpuTimes, FileOwner, NodeFacts, ProcessorFacts } from '../libvirt/handlers/handler.ts'

export function nodeFacts(app: App): NodeFacts {
  return {
    hostName: hostname(),
    emulatorVersion: () => app.emulator.version(),
    machineTypes: () => app.emulator.machines(),
    hasKvm: async () => (await app.host.acceleration()).kind === 'kvm',
    processors,
    onlineProcessors,
    memoryBytes: totalmem,
    freeBytes: freemem,
    uuid: hardwareUuid,
    roomAt,
    ownerOf,
    cpuTimes,
    memory,
    freePages,
    allPages: (kib) => hugePages(kib, 'nr_hugepages'),
    memoryMerging,
  }
}

function processors(): ProcessorFacts {
  const all = cpus()
  const speed = all[0]?.speed ?? 0
  const places = all.map((_, cpu) => [read(cpu, 'physical_package_id'), read(cpu, 'core_id')] as const)
  const sockets = new Set(places.map(([socket]) => socket)).size
  const cores = new Set(places.map((place) => place.join(' '))).size
  return {
    count: all.length,
    mhz: speed > 0 ? speed : mhzNow(),
    sockets,
    coresPerSocket: Math.max(1, Math.round(cores / Math.max(1, sockets))),
    threadsPerCore: Math.max(1, Math.round(all.length / Math.max(1, cores))),
  }
}

function onlineProcessors(): { count: number; online: number[] } {
  const [there, online] = ['present', 'online'].map((which) =>
    numbersOf(text(`/sys/devices/system/cpu/${which}`) ?? '0'),
  )
  return { count: Math.max(...(there ?? [0])) + 1, online: online ?? [0] }
}

/** `0-3,8`. */
function numbersOf(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}

/** Where the kernel tells no frequency to choose from, as in a virtual machine: what it runs at now. */
function mhzNow(): number {
  return Math.floor(Number(/^cpu MHz\s*: ([\d.]+)/m.exec(text('/proc/cpuinfo') ?? '')?.[1] ?? 0))
}

function read(cpu: number, name: string): string {
  return text(`/sys/devices/system/cpu/cpu${String(cpu)}/topology/${name}`) ?? String(cpu)
}

function roomAt(path: string): { total: number; free: number } {
  try {
    const { bsize, blocks, bavail } = statfsSync(path)
    return { total: bsize * blocks, free: bsize * bavail }
  } catch {
    // A pool's directory is made with its first disk.
    return { total: 0, free: 0 }
  }
}

function ownerOf(path: string): FileOwner | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && { mode: found.mode & 0o7777, owner: found.uid, group: found.gid }
}

/** The firmware's word for this computer, where it has one. */
const hardwareUuid = (): string | undefined => text('/sys/class/dmi/id/product_uuid')?.toLowerCase()

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** USER_HZ. */
const TICKS_A_SECOND = 100

/** proc_stat(5): user, nice, system, idle, iowait, irq, softirq, in ticks. */
function cpuTimes(cpu: number | undefined): CpuTimes | undefined {
  const name = `cpu${cpu === undefined ? '' : String(cpu)} `
  const line = text('/proc/stat')
    ?.split('\n')
    .find((each) => each.startsWith(name))
  if (line === undefined) return undefined
  const ticks = line.slice(name.length).trim().split(' ').map(Number)
  const seconds = (...places: number[]): number =>
    places.reduce((sum, place) => sum + (ticks[place] ?? 0), 0) / TICKS_A_SECOND
  return { user: seconds(0, 1), kernel: seconds(2, 5, 6), idle: seconds(3), iowait: seconds(4) }
}

const KIB = 1024

function memory(): Record<'total' | 'free' | 'buffers' | 'cached', number> {
  const all = new Map(
    [...(text('/proc/meminfo') ?? '').matchAll(/^(\w+): +(\d+) kB$/gm)].map(([, name = '', value]) => [
      name,
      Number(value) * KIB,
    ]),
  )
  const bytes = (name: string): number => all.get(name) ?? 0
  return {
    total: bytes('MemTotal'),
    free: bytes('MemFree'),
    buffers: bytes('Buffers'),
    cached: bytes('Cached'),
  }
}

/** Of every x86-64. */
const SMALL_PAGE_KIB = 4

function freePages(kib: number): number | undefined {
  if (kib === SMALL_PAGE_KIB) return Math.floor(memory().free / KIB / SMALL_PAGE_KIB)
  return hugePages(kib, 'free_hugepages')
}

function hugePages(kib: number, which: 'nr_hugepages' | 'free_hugepages'): number | undefined {
  const count = text(`/sys/kernel/mm/hugepages/hugepages-${String(kib)}kB/${which}`)
  return count === undefined ? undefined : Number(count)
}

const MERGING = '/sys/kernel/mm/ksm'

function memoryMerging(): ReadonlyMap<string, number> {
  try {
    return new Map(
      readdirSync(MERGING).map((name) => [name, Number(text(`${MERGING}/${name}`) ?? Number.NaN)] as const),
    )
  } catch {
    // A kernel without it.
    return new Map()
  }
}
