/** What a machine's definition says of its life: what becomes of it when its guest ends, and whether it starts with the host. */
import { isEverRestarted } from '../core/vm/end-policy.ts'
import type { Autostart, LifecyclePolicy, VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { planDefinition } from './definitions.ts'
import { HOST_QUEUE } from './find-network.ts'
import { refuseTransient } from './forget-transient.ts'
import type { App } from './ports.ts'
import { getVm } from './vm-state.ts'

/**
 * QEMU has been told at its start what to do, so that a machine that runs goes on under the policy it was started with. A start that is put
 * off is called off by a policy that knows none.
 */
export async function setVmPolicy(
  app: App,
  name: string,
  policy: LifecyclePolicy,
  request: ChangeRequest,
): Promise<Changed<'set' | 'unchanged'>> {
  const title = `set what becomes of machine '${name}' when its guest ends`
  const notes = app.machines.isRunning(name) ? [`machine '${name}' runs: it holds from its next start`] : []
  const change = (spec: VmSpec): VmSpec => ({ ...spec, lifecycle: { ...spec.lifecycle, ...policy } })
  const changed = await redefine(app, title, getVm(app, name), change, { request, result: 'set', notes })
  if (changed.number !== null && !isEverRestarted(getVm(app, name))) app.restarts.callOff(name)
  return changed
}

/** Why a machine is told to be defined anew where nothing else of it has changed. */
export const AUTOSTART_CHANGED = 'whether it starts with the host'

/** Undefined: no longer. */
export function autostartVm(
  app: App,
  name: string,
  autostart: Autostart | undefined,
  request: ChangeRequest,
): Promise<Changed<'autostart-on' | 'autostart-off' | 'unchanged'>> {
  if (autostart !== undefined) refuseTransient(getVm(app, name), 'started with the host')
  const title = `${autostart === undefined ? 'no longer start' : 'start'} machine '${name}' when weft starts`
  const change = (spec: VmSpec): VmSpec => {
    const { autostart: before, ...rest } = spec
    if (autostart !== undefined) return { ...rest, autostart }
    return before === undefined ? spec : rest
  }
  const result = autostart === undefined ? 'autostart-off' : 'autostart-on'
  return redefine(app, title, getVm(app, name), change, { request, result, notes: [] })
}

interface Answer<Result extends string> {
  readonly request: ChangeRequest
  readonly result: Result
  readonly notes: readonly string[]
}

function redefine<Result extends string>(
  app: App,
  title: string,
  { name }: VmSpec,
  change: (spec: VmSpec) => VmSpec,
  { request, result, notes }: Answer<Result>,
): Promise<Changed<Result | 'unchanged'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const plan = await planDefinition(app, app.vms, change(getVm(app, name)), title)
    if (plan.steps.length === 0) return carryOut(app, request, plan, 'unchanged')
    const because = result.startsWith('autostart') ? AUTOSTART_CHANGED : undefined
    return toldOfDefinition(app, name, await carryOut(app, request, plan, result, notes), because)
  })
}
