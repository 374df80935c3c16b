/** What is wrong with the hardware of a machine on this host, or with itself. */
import type { Problem } from '../errors.ts'
import type { DeviceSurroundings } from '../host/device-refusal.ts'
import type { LentDevice } from '../host/lend-device.ts'
import { MEMORY_STEP_MIB, mostCpus } from './qemu-size.ts'
import type { VmSpec } from './spec.ts'

/** pc and q35 number their processors with 8 bits of APIC id. */
const MOST_CPUS = 255

/** What this host can do for it: looked for only where the machine wants it. */
export interface SeenHardware {
  /** Absent: nobody asked. */
  readonly hasSpice?: boolean
  readonly hasSwtpm?: boolean
  /** The video card that it wants, other than VGA. */
  readonly hasCard?: boolean
  /** Path of the program that serves virtiofs; absent: none. */
  readonly virtiofsd?: string
  /** Devices of this host, and those of them that the machine has at this moment. */
  readonly devices?: DeviceSurroundings
  readonly lent?: readonly LentDevice[]
}

export function hardwareProblems(spec: VmSpec, seen: SeenHardware): Problem[] {
  return [
    ...displayProblems(spec, seen),
    ...videoProblems(spec, seen),
    ...tpmProblems(spec, seen),
    ...cpuProblems(spec),
    ...memoryProblems(spec),
  ]
}

function displayProblems({ display }: VmSpec, { hasSpice }: SeenHardware): Problem[] {
  if (display?.kind !== 'spice' || hasSpice === true) return []
  const hint = 'apt-get install qemu-system-modules-spice, or --display vnc'
  return [{ path: 'display', message: "this host's QEMU has no SPICE", hint }]
}

function videoProblems({ machine, video, display }: VmSpec, { hasCard }: SeenHardware): Problem[] {
  if (video === undefined || machine === 'microvm') return []
  const problem = (message: string, hint: string): Problem[] => [{ path: 'video', message, hint }]
  if (video === 'none')
    return display === undefined
      ? []
      : problem('a screen that is seen by others needs a video card', '--display none, or --video vga')
  if (hasCard === true) return []
  return problem(`this host's QEMU has no video card of model '${video}'`, '--video vga')
}

function tpmProblems({ tpm }: VmSpec, { hasSwtpm }: SeenHardware): Problem[] {
  if (tpm !== true || hasSwtpm === true) return []
  return [{ path: 'tpm', message: 'this host has nothing that plays a TPM', hint: 'apt-get install swtpm' }]
}

function cpuProblems(spec: VmSpec): Problem[] {
  const { cpus, topology } = spec
  const most = mostCpus(spec)
  if (most > MOST_CPUS && cpus <= MOST_CPUS) {
    const message = `a machine cannot have ${String(most)} processors`
    return [{ path: 'maxCpus', message, hint: `at most ${String(MOST_CPUS)}` }]
  }
  if (most < cpus) {
    const message = `${String(cpus)} processors are more than the ${String(most)} that it may have`
    return [{ path: 'cpus', message, hint: `--cpus ${String(cpus)},max=${String(cpus)}` }]
  }
  if (topology === undefined) return []
  const { sockets, cores, threads } = topology
  const product = sockets * cores * threads
  if (product === most) return []
  const words = `${String(sockets)} sockets of ${String(cores)} cores with ${String(threads)} threads`
  const message = `${words} have room for ${String(product)} processors, and it is to have ${String(most)}`
  return [{ path: 'topology', message, hint: `--cpus ${String(product)},sockets=${String(sockets)},...` }]
}

function memoryProblems({ machine, memoryMiB, maxMemoryMiB }: VmSpec): Problem[] {
  if (maxMemoryMiB === undefined) return []
  const problem = (message: string, hint: string): Problem[] => [{ path: 'maxMemoryMiB', message, hint }]
  if (machine !== 'q35')
    return problem(`a '${machine}' machine can be given no memory while it runs`, 'use --machine q35')
  if (maxMemoryMiB < memoryMiB)
    return problem(
      `${String(memoryMiB)} MiB are more than the ${String(maxMemoryMiB)} MiB that it may have`,
      'raise --max-memory, or leave it out',
    )
  if (memoryMiB % MEMORY_STEP_MIB === 0 && maxMemoryMiB % MEMORY_STEP_MIB === 0) return []
  const message = `memory that can grow comes in steps of ${String(MEMORY_STEP_MIB)} MiB`
  return problem(message, `${String(memoryMiB)} and ${String(maxMemoryMiB)} MiB are not: make them even`)
}
