/** One thing of a machine's NIC becomes another, in its definition and while it runs. */
import { WeftError } from '../core/errors.ts'
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import type { App } from './ports.ts'
import { keepInScope, liveIn, toldInScope, type ScopedRequest } from './scope.ts'
import { getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

export interface NicSetting<Result extends string> {
  readonly mac: string
  readonly title: string
  /** What has been done when something has. */
  readonly result: Result
  readonly change: (nic: NicDevice) => NicDevice
  /** What the host needs for it; `live` is the machine as it shall be. */
  readonly live: (live: LiveVm) => Promise<readonly Step[]>
}

/** Throws not-found where there is no such NIC. */
export function setNic<Result extends string>(
  app: App,
  name: string,
  { mac, title, result, change, live: liveSteps }: NicSetting<Result>,
  request: ScopedRequest,
): Promise<Changed<Result | 'unchanged'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const live = await liveIn(app, name, request)
    const changed = (each: VmSpec): VmSpec => ({
      ...each,
      nics: each.nics.map((nic) => (nic.mac === mac ? change(nic) : nic)),
    })
    refuseWithout(live?.spec ?? spec, mac)
    const wanted = changed(spec)
    await refuseVmProblems(app, wanted, `machine '${name}'`)
    const after = live && { ...live, spec: changed(live.spec) }
    const kept = await keepInScope(app, wanted, after, request)
    const steps = after === undefined ? [] : await liveSteps(after)
    const plan = lastingPlan(title, [...kept, ...steps])
    const done = await carryOut(app, request, plan, plan.steps.length === 0 ? 'unchanged' : result)
    return toldInScope(app, name, done, request)
  })
}

function refuseWithout({ name, nics }: VmSpec, mac: string): void {
  if (nics.some((nic) => nic.mac === mac)) return
  throw new WeftError('not-found', `machine '${name}' has no NIC '${mac}'`, { hint: `weft vm show ${name}` })
}
