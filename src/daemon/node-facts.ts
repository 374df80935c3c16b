/** What this computer is: processors, memory, name. Looked at when a client of libvirt asks. */
import { readFileSync, statfsSync } from 'node:fs'
import { cpus, freemem, hostname, totalmem } from 'node:os'
import type { App } from '../app/ports.ts'
import type { NodeFacts, ProcessorFacts } from '../libvirt/handlers/handler.ts'

export function nodeFacts(app: App): NodeFacts {
  return {
    hostName: hostname(),
    emulatorVersion: () => app.emulator.version(),
    machineTypes: () => app.emulator.machines(),
    hasKvm: async () => (await app.host.acceleration()).kind === 'kvm',
    processors,
    memoryBytes: totalmem,
    freeBytes: freemem,
    uuid: hardwareUuid,
    roomAt,
  }
}

function processors(): ProcessorFacts {
  const all = cpus()
  const places = all.map((_, cpu) => [read(cpu, 'physical_package_id'), read(cpu, 'core_id')] as const)
  const sockets = new Set(places.map(([socket]) => socket)).size
  const cores = new Set(places.map((place) => place.join(' '))).size
  return {
    count: all.length,
    mhz: all[0]?.speed ?? 0,
    sockets,
    coresPerSocket: Math.max(1, Math.round(cores / Math.max(1, sockets))),
    threadsPerCore: Math.max(1, Math.round(all.length / Math.max(1, cores))),
  }
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

/** The firmware's word for this computer, where it has one. */
const hardwareUuid = (): string | undefined => text('/sys/class/dmi/id/product_uuid')?.toLowerCase()

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
