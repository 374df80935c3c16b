/** How much memory and how many processors a machine has, and may have. */
import { setHardware } from '../../app/set-hardware.ts'
import type { LiveVm } from '../../core/vm/context.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import type { CallName } from '../wire/procedures.ts'
import type { DomainHandle } from '../wire/types.ts'
import { fail } from './failures.ts'
import { specOf } from './find-machine.ts'
import { countGuestCpus, useGuestCpus } from './guest-cpus.ts'
import type { Context, Handlers } from './handler.ts'
import { CONFIG, impactOf, LIVE, specShown } from './impact.ts'

/** virDomainMemoryModFlags and virDomainVcpuFlags. */
const MAXIMUM = 4
const GUEST = 8

const KIB_PER_MIB = 1024

export const SIZE_HANDLERS = {
  DOMAIN_SET_MEMORY: (context, { dom, memory }) => setMemory(context, dom, memory, LIVE),
  DOMAIN_SET_MAX_MEMORY: (context, { dom, memory }) => setMemory(context, dom, memory, MAXIMUM),
  DOMAIN_SET_MEMORY_FLAGS: (context, { dom, memory, flags }) => setMemory(context, dom, memory, flags),
  DOMAIN_SET_VCPUS: (context, { dom, nvcpus }) => setProcessors(context, dom, nvcpus, LIVE),
  DOMAIN_SET_VCPUS_FLAGS: (context, { dom, nvcpus, flags }) => setProcessors(context, dom, nvcpus, flags),
  DOMAIN_GET_VCPUS_FLAGS: async (context, { dom, flags }) => {
    if ((flags & GUEST) !== 0) return { num: await countGuestCpus(context, dom) }
    const { spec } = await specShown(context, dom, flags & (LIVE | CONFIG))
    return { num: (flags & MAXIMUM) === 0 ? spec.cpus : mostCpus(spec) }
  },
} as const satisfies Partial<Handlers<SizeName>>

type SizeName = Extract<CallName, `DOMAIN_${string}`>
type Nothing = Readonly<Record<string, never>>

export const mostCpus = ({ cpus, maxCpus = cpus }: VmSpec): number => maxCpus

/** MiB. A machine that runs with less than it began with can have that again. */
export function mostMemory({ memoryMiB, maxMemoryMiB = memoryMiB }: VmSpec, live?: LiveVm): number {
  return Math.max(maxMemoryMiB, live?.boot?.memoryMiB ?? 0)
}

/** `memory` in KiB; libvirt rounds up to MiB as well. */
async function setMemory(
  context: Context,
  dom: DomainHandle,
  memory: bigint,
  flags: number,
): Promise<Nothing> {
  const { name, live, config } = impactOf(context, dom, flags & (LIVE | CONFIG))
  const mebibytes = Math.ceil(Number(memory) / KIB_PER_MIB)
  const spec = specOf(context, dom)
  if ((flags & MAXIMUM) !== 0) {
    if (live) throw fail('invalid', 'qemu', 'cannot resize the maximum memory on an active domain')
    const change = { memoryMiB: Math.min(spec.memoryMiB, mebibytes), maxMemoryMiB: mebibytes }
    await setHardware(context.app, name, change, { ...context.change, scope: 'definition' })
    return {}
  }
  if (live) {
    const running = await specShown(context, dom, LIVE)
    refuseMore(mebibytes, mostMemory(running.spec, running.live))
  }
  if (config) refuseMore(mebibytes, mostMemory(spec))
  if (live) await setHardware(context.app, name, { memoryMiB: mebibytes }, asRunning(context))
  // What it may have stays: a definition with less than that is one with room for more.
  const change = { memoryMiB: mebibytes, maxMemoryMiB: mostMemory(spec) }
  if (config) await setHardware(context.app, name, change, { ...context.change, scope: 'definition' })
  return {}
}

const asRunning = ({ change }: Context): Parameters<typeof setHardware>[3] => ({
  ...change,
  scope: 'running',
})

function refuseMore(mebibytes: number, most: number): void {
  if (mebibytes > most) throw fail('invalidArgument', 'qemu', 'cannot set memory higher than max memory')
}

export async function setProcessors(
  context: Context,
  dom: DomainHandle,
  count: number,
  flags: number,
): Promise<Nothing> {
  if ((flags & GUEST) !== 0) {
    await useGuestCpus(context, dom, count)
    return {}
  }
  const { name, live, config } = impactOf(context, dom, flags & (LIVE | CONFIG))
  const spec = specOf(context, dom)
  const topology = spec.topology === undefined ? {} : { topology: spec.topology }
  const definition = { ...context.change, scope: 'definition' } as const
  if ((flags & MAXIMUM) !== 0) {
    if (live) throw fail('invalidArgument', 'qemu', "maximum vcpu count of a live domain can't be modified")
    if (spec.topology !== undefined && productOf(spec.topology) !== count)
      throw fail('invalidArgument', 'qemu', "CPU topology doesn't match the desired vcpu count")
    const change = { cpus: Math.min(spec.cpus, count), maxCpus: count, ...topology }
    await setHardware(context.app, name, change, definition)
    return {}
  }
  if (live) refuseMoreThan(mostCpus((await specShown(context, dom, LIVE)).spec), count, 'live')
  if (config) refuseMoreThan(mostCpus(spec), count, 'persistent')
  if (live) await setHardware(context.app, name, { cpus: count }, asRunning(context))
  const change = { cpus: count, maxCpus: mostCpus(spec), ...topology }
  if (config) await setHardware(context.app, name, change, definition)
  return {}
}

const productOf = ({ sockets, cores, threads }: NonNullable<VmSpec['topology']>): number =>
  sockets * cores * threads

function refuseMoreThan(most: number, count: number, which: 'live' | 'persistent'): void {
  if (count <= most) return
  const numbers = `${String(count)} > ${String(most)}`
  throw fail(
    'invalidArgument',
    'qemu',
    `requested vcpus is greater than max allowable vcpus for the ${which} domain: ${numbers}`,
  )
}
