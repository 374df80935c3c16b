/** What hooks are told about networks and machines, as steps of the plans that they may forbid; nothing where there are none. */
import { nvramFile } from '../core/host/paths.ts'
import { bridgeNameOf } from '../core/network/ips.ts'
import type { PortSpec } from '../core/network/port.ts'
import { portUuid } from '../core/network/port-uuid.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { askHooks, tellHooks, type HookCall } from '../core/plan/hook.ts'
import type { Plan, Step } from '../core/plan/plan.ts'
import { withoutSecrets } from '../core/vm/cloud-init.ts'
import type { LiveVm } from '../core/vm/context.ts'
import type { DomainAround } from '../core/vm/domain-around.ts'
import { omit } from '../core/vm/omit.ts'
import { diskId } from '../core/vm/qemu-disks.ts'
import { nicId } from '../core/vm/qemu-nic.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { HookSubject } from './hook-ports.ts'
import type { App } from './ports.ts'

const scriptsOf = (app: App, subject: HookSubject): readonly string[] => app.hooks?.scripts(subject) ?? []

/** The plan that starts these networks, with those who are asked. */
export async function askedToStart(app: App, plan: Plan, specs: readonly NetworkSpec[]): Promise<Plan> {
  const calls = plan.steps.length === 0 ? [] : await networkCalls(app, specs)
  if (calls.length === 0) return plan
  const before = calls.flatMap((call) => askHooks(call, ['start', 'begin'], ['stopped', 'end']))
  const after = calls.flatMap((call) => askHooks(call, ['started', 'begin']))
  return { ...plan, steps: [...before, ...plan.steps, ...after] }
}

export async function networkStopHooks(app: App, spec: NetworkSpec): Promise<Step[]> {
  return (await networkCalls(app, [spec])).flatMap((call) => tellHooks(call, ['stopped', 'end']))
}

/** While it runs; `spec` is what it becomes. */
export async function networkUpdateHooks(app: App, spec: NetworkSpec): Promise<Step[]> {
  return (await networkCalls(app, [spec])).flatMap((call) => askHooks(call, ['updated', 'begin']))
}

async function networkCalls(app: App, specs: readonly NetworkSpec[]): Promise<HookCall[]> {
  const scripts = scriptsOf(app, 'network')
  if (scripts.length === 0) return []
  return Promise.all(
    specs.map(async (spec) => ({ scripts, object: spec.name, text: await hookData(app, spec, '') })),
  )
}

export interface PluggedNic {
  readonly network: NetworkSpec
  readonly port: Pick<PortSpec, 'mac'>
  readonly owner: { readonly name: string; readonly uuid: string }
}

/** Plugs that come, before they do, and plugs that have gone. */
export async function portHooks(
  app: App,
  nics: readonly PluggedNic[],
): Promise<{ created: Step[]; deleted: Step[] }> {
  const scripts = scriptsOf(app, 'network')
  if (scripts.length === 0) return { created: [], deleted: [] }
  const calls = await Promise.all(
    nics.map(async (nic): Promise<HookCall> => {
      const text = await hookData(app, nic.network, portText(nic))
      return { scripts, object: nic.network.name, text }
    }),
  )
  return {
    created: calls.flatMap((call) => askHooks(call, ['port-created', 'begin'], ['port-deleted', 'end'])),
    deleted: calls.flatMap((call) => tellHooks(call, ['port-deleted', 'end'])),
  }
}

/** Names and UUIDs have no characters that XML minds. */
function portText({ network, port, owner }: PluggedNic): string {
  const bridge = bridgeNameOf(network)
  return `<networkport>
  <uuid>${portUuid(network, port.mac)}</uuid>
  <owner>
    <name>${owner.name}</name>
    <uuid>${owner.uuid}</uuid>
  </owner>
  <mac address='${port.mac}'/>
  <plug type='network'${bridge === undefined ? '' : ` bridge='${bridge}'`}/>
</networkport>
`
}

async function hookData(app: App, spec: NetworkSpec, more: string): Promise<string> {
  const inside = `${(await app.hooks?.networkText(spec)) ?? ''}${more}`
  return `<hookData>\n${inside.replace(/^(?=.)/gm, '  ')}</hookData>\n`
}

export interface MachineStartHooks {
  /** Before anything is done for it; of a saved one also whether it may go on. */
  readonly prepare: readonly Step[]
  /** When everything is there, before its QEMU. */
  readonly start: readonly Step[]
  /** When it runs. */
  readonly started: readonly Step[]
}

export async function machineStartHooks(
  app: App,
  live: LiveVm,
  isSaved: boolean,
): Promise<MachineStartHooks> {
  const call = await machineCall(app, live)
  if (call === undefined) return { prepare: [], start: [], started: [] }
  return {
    prepare: [
      ...(isSaved ? askHooks(call, ['restore', 'begin']) : []),
      ...askHooks(call, ['prepare', 'begin'], ['release', 'end']),
    ],
    start: askHooks(call, ['start', 'begin'], ['stopped', 'end']),
    started: askHooks(call, ['started', 'begin']),
  }
}

export async function machineEndHooks(
  app: App,
  live: LiveVm | undefined,
): Promise<{ stopped: Step[]; release: Step[] }> {
  const call = live === undefined ? undefined : await machineCall(app, live)
  if (call === undefined) return { stopped: [], release: [] }
  return { stopped: tellHooks(call, ['stopped', 'end']), release: tellHooks(call, ['release', 'end']) }
}

/** Also of one that weftd finds running when it starts; undefined when nobody wants to know. */
export async function machineCall(app: App, live: LiveVm): Promise<HookCall | undefined> {
  const scripts = scriptsOf(app, 'qemu')
  if (scripts.length === 0 || app.hooks === undefined) return undefined
  const { name } = live.spec
  const text = await app.hooks.machineText(
    omit(withoutSecrets(live.spec), 'isTransient'),
    aroundOf(app, live, live.spec),
  )
  return { scripts, object: name, text }
}

function aroundOf(app: App, live: LiveVm, spec: VmSpec): DomainAround {
  const id = app.machines.pid(spec.name)
  return {
    nvram: nvramFile(app.facts.paths, spec.name),
    live: {
      ...(id === undefined ? {} : { id }),
      accelerator: live.acceleration.kind,
      interfaces: live.taps,
      diskAliases: spec.disks.map(diskId),
      cdAliases: spec.cdroms.map((_, i) => `cd${String(i)}`),
      nicAliases: spec.nics.map((_, i) => nicId(spec, i)),
    },
  }
}
