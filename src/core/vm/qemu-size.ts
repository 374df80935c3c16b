/** How many processors and how much memory, as QEMU arguments: what it has, and what it may be given while it runs. */
import { q35Place } from './qemu-topology.ts'
import type { VmSpec } from './spec.ts'

/** What a memory device's size and place are multiples of; a huge page. */
export const MEMORY_STEP_MIB = 2
/** virtio-mem: its size is a number that the guest follows, both ways. */
export const MEMORY_DEVICE = 'memory1'

export const mostCpus = ({ cpus, maxCpus }: Pick<VmSpec, 'cpus' | 'maxCpus'>): number => maxCpus ?? cpus

export function cpuArgs(spec: Pick<VmSpec, 'cpus' | 'maxCpus' | 'topology'>): string[] {
  const { cpus, topology } = spec
  const most = mostCpus(spec)
  if (topology === undefined && most === cpus) return ['-smp', String(cpus)]
  // One socket: there are systems that are licensed by the socket, or use a few of them only.
  const { sockets, cores, threads } = topology ?? { sockets: 1, cores: most, threads: 1 }
  const words = { cpus, maxcpus: most, sockets, cores, threads }
  return [
    '-smp',
    Object.entries(words)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(','),
  ]
}

export function memoryArgs({ memoryMiB, maxMemoryMiB, sharedMemory }: Sized): string[] {
  const size = `${String(memoryMiB)}M`
  const room = maxMemoryMiB === undefined ? size : `size=${size},slots=1,maxmem=${String(maxMemoryMiB)}M`
  if (sharedMemory !== true) return ['-m', room]
  return ['-m', room, '-object', `${backend(sharedMemory)},id=${SHARED_MEMORY},size=${size}`]
}

/** Memory in a file of no name, which QEMU hands to whoever it works with. */
const SHARED_MEMORY = 'ram'
export const sharedMemoryWords = ({ sharedMemory }: Sized): string =>
  sharedMemory === true ? `,memory-backend=${SHARED_MEMORY}` : ''

type Sized = Pick<VmSpec, 'memoryMiB' | 'maxMemoryMiB' | 'sharedMemory'>

const backend = (isShared: true | undefined): string =>
  isShared === true ? 'memory-backend-memfd,share=on' : 'memory-backend-ram'

/** What the guest is not given costs this host nothing: it is not even reserved. */
export function memoryDeviceArgs(spec: Sized): string[] {
  const room = (spec.maxMemoryMiB ?? spec.memoryMiB) - spec.memoryMiB
  if (room === 0) return []
  return [
    ...['-object', `${backend(spec.sharedMemory)},id=more-memory,size=${String(room)}M,reserve=off`],
    ...[
      '-device',
      `virtio-mem-pci,id=${MEMORY_DEVICE},memdev=more-memory,requested-size=0,${q35Place('memory')}`,
    ],
  ]
}
