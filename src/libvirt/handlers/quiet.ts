/** What weft has nothing to tell of, as libvirt tells that nothing is there: jobs over whole machines, threads, labels, messages. */
import type { CallName } from '../wire/procedures.ts'
import { fail } from './failures.ts'
import { runningMachine, specOf } from './find-machine.ts'
import type { Handlers } from './handler.ts'
import { flagParam } from './parameters.ts'

const NO_JOB = 0
/** virNodeSuspendTarget. */
const SLEEPS = ['Suspend-to-RAM', 'Suspend-to-Disk', 'Hybrid-Suspend']
/** virDomainDirtyRateCalcFlags. */
const MODES: Readonly<Record<number, string>> = {
  0: 'page-sampling',
  1: 'page-sampling',
  2: 'dirty-bitmap',
  4: 'dirty-ring',
}
const LONGEST_SECONDS = 60

/** Counters of the processor that libvirt can have the kernel keep. */
const PERF_EVENTS = [
  'cmt',
  'mbmt',
  'mbml',
  'cpu_cycles',
  'instructions',
  'cache_references',
  'cache_misses',
  'branch_instructions',
  'branch_misses',
  'bus_cycles',
  'stalled_cycles_frontend',
  'stalled_cycles_backend',
  'ref_cpu_cycles',
  'cpu_clock',
  'task_clock',
  'page_faults',
  'context_switches',
  'cpu_migrations',
  'page_faults_min',
  'page_faults_maj',
  'alignment_faults',
  'emulation_faults',
]

export const QUIET_HANDLERS = {
  // What takes long is a plan here, and the call that began it waits for its end.
  DOMAIN_GET_JOB_INFO: (context, { dom }) => {
    runningMachine(context, dom)
    const none = { timeElapsed: 0n, timeRemaining: 0n, dataTotal: 0n, dataProcessed: 0n, dataRemaining: 0n }
    const memory = { memTotal: 0n, memProcessed: 0n, memRemaining: 0n }
    return { type: NO_JOB, ...none, ...memory, fileTotal: 0n, fileProcessed: 0n, fileRemaining: 0n }
  },
  DOMAIN_GET_JOB_STATS: (context, { dom }) => {
    runningMachine(context, dom)
    return { type: NO_JOB, params: [] }
  },
  DOMAIN_ABORT_JOB: (context, { dom }) => {
    runningMachine(context, dom)
    throw fail('invalid', 'qemu', 'no job is active on the domain')
  },
  // Whoever puts the host to sleep does so at the host, and knows of its machines.
  NODE_SUSPEND_FOR_DURATION: (_context, { target }) => {
    const state = SLEEPS[target]
    if (state === undefined) throw fail('invalidArgument', 'domain', `Invalid target type ${String(target)}`)
    throw fail('unsupportedArgument', 'domain', state)
  },
  DOMAIN_GET_MESSAGES: (context, { dom }) => {
    specOf(context, dom)
    return { msgs: [] }
  },
  // No processor's own encryption is asked for: there is no launch to look at.
  DOMAIN_GET_LAUNCH_SECURITY_INFO: (context, { dom }) => {
    specOf(context, dom)
    return { params: [] }
  },
  DOMAIN_GET_SECURITY_LABEL_LIST: (context, { dom }) => {
    specOf(context, dom)
    return { labels: [], ret: 0 }
  },
  NODE_GET_SEV_INFO: () => {
    throw fail('unsupported', 'qemu', 'QEMU does not support SEV guest')
  },
  DOMAIN_GET_IOTHREAD_INFO: (context, { dom }) => {
    specOf(context, dom)
    return { info: [], ret: 0 }
  },
  DOMAIN_GET_PERF_EVENTS: (context, { dom }) => {
    specOf(context, dom)
    return { params: PERF_EVENTS.map((name) => flagParam(name, false)) }
  },
  DOMAIN_GET_SECURITY_LABEL: (context, { dom }) => {
    specOf(context, dom)
    return { label: [0], enforcing: 0 }
  },
  DOMAIN_START_DIRTY_RATE_CALC: async (context, { dom, seconds, flags }) => {
    if (seconds < 1 || seconds > LONGEST_SECONDS)
      throw fail(
        'unsupportedConfig',
        'qemu',
        `seconds=${String(seconds)} is invalid, please choose value within [1, 60].`,
      )
    const name = runningMachine(context, dom)
    const mode = MODES[flags]
    if (mode === undefined)
      throw fail(
        'invalidArgument',
        'qemu',
        `unsupported flags (0x${flags.toString(16)}) in function qemuDomainStartDirtyRateCalc`,
      )
    await context.app.machines.ask(name, 'calc-dirty-rate', { 'calc-time': seconds, mode })
    return {}
  },
} as const satisfies Partial<Handlers<Extract<CallName, `DOMAIN_${string}` | `NODE_${string}`>>>
