/** What a machine's definition keeps of libvirt's XML without making anything of it: changed at once, since nothing that runs depends on it. */
import type { KeptXml, VmSpec } from '../core/vm/spec.ts'
import { lastingPlan } from '../core/plan/plan.ts'
import { carryOut, type Changed, told } from './change.ts'
import type { WeftEvent } from './event-ports.ts'
import type { App } from './ports.ts'
import { keepInScope, liveIn, type ScopedRequest } from './scope.ts'
import { getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

export interface Description {
  readonly about: Pick<WeftEvent & { kind: 'metadata' }, 'what' | 'namespace'>
  /** Of the parts that stand at the definition's own level, as its title does. */
  readonly change: (kept: readonly KeptXml[]) => Promise<readonly KeptXml[]>
}

export function describeVm(
  app: App,
  name: string,
  { about, change }: Description,
  request: ScopedRequest,
): Promise<Changed<'described' | 'unchanged'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const live = await liveIn(app, name, request)
    const described = async ({ kept = [], ...rest }: VmSpec): Promise<VmSpec> => {
      const after = await change(kept)
      return { ...rest, ...(after.length === 0 ? {} : { kept: after }) }
    }
    const note = live && { ...live, spec: await described(live.spec) }
    const steps = await keepInScope(app, await described(spec), note, request)
    const plan = lastingPlan(`describe machine '${name}'`, steps)
    const result = steps.length === 0 ? 'unchanged' : 'described'
    const changed = await carryOut(app, request, plan, result)
    if (changed.number !== null) await app.vms.refresh(name)
    return told(app, changed, { kind: 'metadata', vm: name, ...about })
  })
}
