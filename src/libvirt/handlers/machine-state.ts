/** Which machines there are, and what state they are in. */
import { listVms, stateOf, type VmSummary } from '../../app/vm-state.ts'
import { liveOf } from '../../app/live-disks.ts'
import { vmDefinition, type ShownDefinition } from '../../app/vm-definition.ts'
import type { App } from '../../app/ports.ts'
import type { LiveState, VmState } from '../../core/vm/lifecycle.ts'
import type { CallName } from '../wire/procedures.ts'
import { formatDomainXml } from '../xml/domain/domain.ts'
import { nvramFile } from '../../core/host/paths.ts'
import { madeOnce } from '../../core/host/read-once.ts'
import { withoutSecrets } from '../../core/vm/cloud-init.ts'
import { fail } from './failures.ts'
import { select, type FilterGroup } from './filters.ts'
import { findByUuid, handleOf, runningMachine, specOf } from './find-machine.ts'
import type { Context, Handlers } from './handler.ts'
import { mostCpus, mostMemory } from './sizes.ts'

const INACTIVE_XML = 2
const KIB_PER_MIB = 1024n

/** virDomainState, with the reason that is told when nothing better is known. */
const STATES: Readonly<Record<VmState, readonly [state: number, reason: number]>> = {
  running: [1, 1],
  paused: [3, 1],
  stopped: [5, 0],
  saved: [5, 5],
  crashed: [6, 1],
}
const PAUSED_BY_IO_ERROR = 5
/** The guest sleeps (VIR_DOMAIN_PMSUSPENDED). */
const ASLEEP = [7, 0] as const

interface Listed extends VmSummary {
  readonly isLive: boolean
  readonly hasSnapshots: boolean
}

/** virConnectListAllDomainsFlags. */
const KINDS: readonly FilterGroup<Listed>[] = [
  { 1: ({ isLive }) => isLive, 2: ({ isLive }) => !isLive },
  { 4: ({ spec }) => spec.isTransient !== true, 8: ({ spec }) => spec.isTransient === true },
  {
    16: ({ state }) => state === 'running',
    32: ({ state }) => state === 'paused',
    64: ({ isLive }) => !isLive,
    128: ({ state }) => state === 'crashed',
  },
  { 256: ({ state }) => state === 'saved', 512: ({ state }) => state !== 'saved' },
  {
    1024: ({ spec }) => spec.autostart !== undefined,
    2048: ({ spec }) => spec.autostart === undefined,
  },
  { 4096: ({ hasSnapshots }) => hasSnapshots, 8192: ({ hasSnapshots }) => !hasSnapshots },
]

export const MACHINE_STATE_HANDLERS = {
  CONNECT_LIST_ALL_DOMAINS: (context, { need_results, flags }) => {
    const found = select(listed(context.app), flags, KINDS).map(({ spec }) => handleOf(context, spec))
    return { domains: need_results === 0 ? [] : found, ret: found.length }
  },
  CONNECT_NUM_OF_DOMAINS: ({ app }) => ({ num: running(app).length }),
  CONNECT_LIST_DOMAINS: ({ app, ids }, { maxids }) => ({
    ids: running(app)
      .map((name) => ids.of(name))
      .slice(0, maxids),
  }),
  CONNECT_NUM_OF_DEFINED_DOMAINS: ({ app }) => ({ num: resting(app).length }),
  CONNECT_LIST_DEFINED_DOMAINS: ({ app }, { maxnames }) => ({
    names: resting(app).slice(0, maxnames),
  }),

  DOMAIN_LOOKUP_BY_NAME: (context, { name }) => {
    const spec = context.app.vms.find(name)
    if (spec === undefined) throw fail('noDomain', 'qemu', `no domain with matching name '${name}'`)
    return { dom: handleOf(context, spec) }
  },
  DOMAIN_LOOKUP_BY_UUID: (context, { uuid }) => {
    const spec = findByUuid(context, uuid)
    if (spec === undefined) throw fail('noDomain', 'qemu', `no domain with matching uuid '${uuid}'`)
    return { dom: handleOf(context, spec) }
  },
  DOMAIN_LOOKUP_BY_ID: (context, { id }) => {
    const name = context.ids.nameOf(id)
    const spec = name === undefined ? undefined : context.app.vms.find(name)
    if (spec === undefined) throw fail('noDomain', 'qemu', `no domain with matching id ${String(id)}`)
    return { dom: handleOf(context, spec) }
  },

  DOMAIN_GET_STATE: (context, { dom }) => {
    const [state, reason] = stateAndReason(context, specOf(context, dom).name)
    return { state, reason }
  },
  DOMAIN_GET_INFO: async (context, { dom }) => {
    const stored = specOf(context, dom)
    const { name } = stored
    const [state] = stateAndReason(context, name)
    const isRunning = context.app.machines.isRunning(name)
    const live = isRunning ? await liveOf(context.app, name) : undefined
    const pid = context.app.machines.pid(name)
    // Its disks and its balloon are not asked for that.
    const usage = pid === undefined ? undefined : context.app.host.processUsage([pid]).get(pid)
    const spec = live?.spec ?? stored
    const memory = BigInt(spec.memoryMiB) * KIB_PER_MIB
    const cpuTime = BigInt(Math.round((usage?.cpuSeconds ?? 0) * 1e9))
    const maxMem = BigInt(mostMemory(spec, live)) * KIB_PER_MIB
    return { state, maxMem, memory, nrVirtCpu: spec.cpus, cpuTime }
  },
  DOMAIN_GET_XML_DESC: async (context, { dom, flags }) => {
    const { name } = specOf(context, dom)
    const shown = await vmDefinition(context.app, name, (flags & INACTIVE_XML) !== 0)
    return { xml: textOf(shown, context.ids.of(name), (await context.node.hasKvm()) ? 'kvm' : 'tcg') }
  },
  DOMAIN_GET_SECURITY_LABEL: (context, { dom }) => {
    specOf(context, dom)
    return { label: [0], enforcing: 0 }
  },
  DOMAIN_GET_OS_TYPE: (context, { dom }) => {
    specOf(context, dom)
    return { type: 'hvm' }
  },
  DOMAIN_IS_ACTIVE: (context, { dom }) => ({
    active: Number(context.app.machines.isRunning(specOf(context, dom).name)),
  }),
  DOMAIN_IS_PERSISTENT: (context, { dom }) => ({
    persistent: Number(specOf(context, dom).isTransient !== true),
  }),
  DOMAIN_IS_UPDATED: (context, { dom }) => {
    specOf(context, dom)
    return { updated: 0 }
  },
  DOMAIN_GET_AUTOSTART: (context, { dom }) => ({
    autostart: Number(specOf(context, dom).autostart !== undefined),
  }),
  DOMAIN_GET_MAX_MEMORY: (context, { dom }) => ({
    memory: BigInt(mostMemory(specOf(context, dom))) * KIB_PER_MIB,
  }),
  DOMAIN_GET_MAX_VCPUS: (context, { dom }) => ({ num: mostCpus(specOf(context, dom)) }),
  DOMAIN_HAS_MANAGED_SAVE_IMAGE: (context, { dom }) => ({
    result: Number(context.app.saves.find(specOf(context, dom).name) !== undefined),
  }),
  DOMAIN_MANAGED_SAVE_GET_XML_DESC: (context, { dom }) => {
    const { name } = specOf(context, dom)
    const saved = context.app.saves.find(name)
    if (saved === undefined) throw fail('invalid', 'qemu', 'domain does not have managed save image')
    const nvram = nvramFile(context.app.facts.paths, name)
    return { xml: formatDomainXml(withoutSecrets(saved.live.spec), { nvram }) }
  },
  DOMAIN_GET_CONTROL_INFO: (context, { dom }) => {
    runningMachine(context, dom)
    return { state: 0, details: 0, stateTime: 0n }
  },
} as const satisfies Partial<Handlers<StateName>>

type StateName = Extract<CallName, `DOMAIN_${string}` | `CONNECT_${string}DOMAINS`>

/** Remembered, for clients ask again and again. */
const textOf = madeOnce(
  ({ spec, around }: ShownDefinition, id: number, accelerator: 'kvm' | 'tcg'): string => {
    const live = around.live === undefined ? {} : { live: { ...around.live, id } }
    return formatDomainXml(spec, { ...around, ...live, accelerator })
  },
)

/** Names, without a look at their states. */
const running = (app: App): string[] => namesOf(app, true)
const resting = (app: App): string[] => namesOf(app, false)

function namesOf(app: App, isLive: boolean): string[] {
  return app.vms.list().flatMap(({ name }) => (app.machines.isRunning(name) === isLive ? [name] : []))
}

function listed(app: App): Listed[] {
  return listVms(app).map((summary) => ({
    ...summary,
    isLive: app.machines.isRunning(summary.spec.name),
    hasSnapshots: (app.snapshots.find(summary.spec.name)?.snapshots.length ?? 0) > 0,
  }))
}

export function stateAndReason(
  { app, reasons }: Context,
  name: string,
): readonly [state: number, reason: number] {
  const { state, because }: LiveState = stateOf(app, name)
  const [number, reason] = STATES[state]
  if (state === 'running') return [number, reasons.running(name)]
  if (state === 'stopped') return [number, reasons.stopped(name)]
  if (app.machines.state(name)?.status === 'suspended') return ASLEEP
  const isIoError = state === 'paused' && because === 'a disk could not be written'
  return [number, isIoError ? PAUSED_BY_IO_ERROR : reason]
}
