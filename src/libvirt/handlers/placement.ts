/** Where a machine runs on its host, and what the host holds it back from: weft leaves both to the kernel, and says so. */
import type { TypedParam } from '../wire/types.ts'
import type { CallName } from '../wire/procedures.ts'
import { fail } from './failures.ts'
import { specOf } from './find-machine.ts'
import type { Context, Handlers } from './handler.ts'
import { impactOf, specShown } from './impact.ts'
import { answerParams, intParam, longParam, textParam, uintParam, ulongParam } from './parameters.ts'
import { mostCpus } from './sizes.ts'

/** libvirt's number for a limit that there is not (VIR_DOMAIN_MEMORY_PARAM_UNLIMITED). */
const UNLIMITED = 9_007_199_254_740_991n
const MEMORY: readonly TypedParam[] = ['hard_limit', 'soft_limit', 'swap_hard_limit'].map((name) =>
  ulongParam(name, UNLIMITED),
)
const DEVICE_LIMITS = ['weight', 'read_iops_sec', 'write_iops_sec', 'read_bytes_sec', 'write_bytes_sec']
const BLOCK_DEVICES: readonly TypedParam[] = [
  uintParam('weight', 0),
  ...DEVICE_LIMITS.map((name) => textParam(`device_${name}`, '')),
]
const NUMA: readonly TypedParam[] = [intParam('numa_mode', 0), textParam('numa_nodeset', '')]

const WHOSE = ['vcpu', 'emulator', 'global', 'iothread']

/** Nothing is set in a definition. */
const UNSET: readonly TypedParam[] = [
  ulongParam('cpu_shares', 0n),
  ...WHOSE.flatMap((who) => [ulongParam(`${who}_period`, 0n), longParam(`${who}_quota`, 0n)]),
]

/** What the kernel does with a group that nobody has told anything: the weight of every other one, and no quota. */
const SCHEDULER: readonly TypedParam[] = [
  ulongParam('cpu_shares', 100n),
  ...WHOSE.flatMap((who) => [ulongParam(`${who}_period`, 100_000n), longParam(`${who}_quota`, -1n)]),
]

/** Values that ask for what there is anyway: no limit. */
const NO_LIMITS = new Set(['0', '-1', '', String(UNLIMITED)])

export const PLACEMENT_HANDLERS = {
  DOMAIN_GET_MEMORY_PARAMETERS: async (context, { dom, nparams, flags }) => {
    await specShown(context, dom, flags & 3)
    return answerParams(MEMORY, nparams)
  },
  DOMAIN_SET_MEMORY_PARAMETERS: (context, { dom, params, flags }) => {
    impactOf(context, dom, flags & 3)
    return refuseLimits(params, 'weft holds no machine back from memory: weft vm set --memory')
  },
  DOMAIN_GET_BLKIO_PARAMETERS: async (context, { dom, nparams, flags }) => {
    await specShown(context, dom, flags & 3)
    return answerParams(BLOCK_DEVICES, nparams)
  },
  DOMAIN_SET_BLKIO_PARAMETERS: (context, { dom, params, flags }) => {
    impactOf(context, dom, flags & 3)
    return refuseLimits(params, 'weft limits disks one by one: virsh blkdeviotune')
  },
  DOMAIN_GET_NUMA_PARAMETERS: async (context, { dom, nparams, flags }) => {
    await specShown(context, dom, flags & 3)
    return answerParams(NUMA, nparams)
  },
  DOMAIN_SET_NUMA_PARAMETERS: (context, { dom, flags }) => {
    impactOf(context, dom, flags & 3)
    throw fail('unsupported', 'qemu', 'weft binds no memory to nodes: the kernel places it')
  },
  DOMAIN_GET_SCHEDULER_TYPE: (context, { dom }) => {
    specOf(context, dom)
    return { type: 'posix', nparams: SCHEDULER.length }
  },
  DOMAIN_GET_SCHEDULER_PARAMETERS: (context, { dom, nparams }) => {
    const { live } = impactOf(context, dom, 0)
    return { params: (live ? SCHEDULER : UNSET).slice(0, nparams) }
  },
  DOMAIN_GET_SCHEDULER_PARAMETERS_FLAGS: (context, { dom, nparams, flags }) => {
    const { live } = impactOf(context, dom, flags & 3)
    return { params: (live ? SCHEDULER : UNSET).slice(0, nparams) }
  },
  DOMAIN_SET_SCHEDULER_PARAMETERS: (context, { dom, params }) => {
    impactOf(context, dom, 0)
    return refuseSchedule(params)
  },
  DOMAIN_SET_SCHEDULER_PARAMETERS_FLAGS: (context, { dom, params, flags }) => {
    impactOf(context, dom, flags & 3)
    return refuseSchedule(params)
  },

  DOMAIN_GET_VCPU_PIN_INFO: async (context, { dom, ncpumaps, maplen, flags }) => {
    const { spec } = await specShown(context, dom, flags & 3)
    const count = Math.min(ncpumaps, mostCpus(spec))
    const one = everyProcessor(context, maplen)
    return { cpumaps: Buffer.concat(Array.from({ length: count }, () => one)), num: count }
  },
  DOMAIN_GET_EMULATOR_PIN_INFO: async (context, { dom, maplen, flags }) => {
    await specShown(context, dom, flags & 3)
    return { cpumaps: everyProcessor(context, maplen), ret: 1 }
  },
  DOMAIN_PIN_VCPU: async (context, { dom, vcpu, cpumap }) => {
    const { spec } = await specShown(context, dom, 1)
    refuseNoProcessor(vcpu, spec.cpus, 'live')
    return refusePins(context, cpumap)
  },
  DOMAIN_PIN_VCPU_FLAGS: async (context, { dom, vcpu, cpumap, flags }) => {
    const { live } = impactOf(context, dom, flags & 3)
    const { spec } = await specShown(context, dom, live ? 1 : 2)
    refuseNoProcessor(vcpu, live ? spec.cpus : mostCpus(spec), live ? 'live' : 'persistent')
    return refusePins(context, cpumap)
  },
  DOMAIN_PIN_EMULATOR: (context, { dom, cpumap, flags }) => {
    impactOf(context, dom, flags & 3)
    return refusePins(context, cpumap)
  },
} as const satisfies Partial<Handlers<PlacementName>>

type PlacementName = Extract<CallName, `DOMAIN_${string}`>
type Nothing = Readonly<Record<string, never>>

function refuseLimits(params: readonly TypedParam[], because: string): Nothing {
  if (params.every(({ value: { value } }) => NO_LIMITS.has(String(value)))) return {}
  throw fail('unsupported', 'qemu', because)
}

/** A client that changes one of them sends all that it has read. */
function refuseSchedule(params: readonly TypedParam[]): Nothing {
  const is = new Map(SCHEDULER.map(({ field, value }) => [field, String(value.value)]))
  for (const { field, value } of params) {
    if (!is.has(field)) throw fail('invalidArgument', 'qemu', `parameter '${field}' not supported`)
    if (is.get(field) !== String(value.value) && value.value !== 0n)
      throw fail('unsupported', 'qemu', 'weft leaves the time of processors to the kernel')
  }
  return {}
}

/** A bit for each processor of the host. */
export function everyProcessor({ node }: Context, bytes: number): Buffer {
  const { count } = node.processors()
  const map = Buffer.alloc(Math.max(0, bytes))
  for (let cpu = 0; cpu < Math.min(count, map.length * 8); cpu++)
    map[cpu >> 3] = (map[cpu >> 3] ?? 0) | (1 << (cpu & 7))
  return map
}

function refuseNoProcessor(vcpu: number, count: number, which: 'live' | 'persistent'): void {
  if (vcpu < count) return
  const message = `vcpu ${String(vcpu)} is out of range of ${which} cpu count ${String(count)}`
  throw fail('invalidArgument', 'qemu', message)
}

/** All of them are what it has. */
function refusePins(context: Context, map: Buffer): Nothing {
  if (map.equals(everyProcessor(context, map.length))) return {}
  throw fail('unsupported', 'qemu', 'weft pins no processors: the kernel places them')
}
