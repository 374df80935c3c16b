/** CD drives come to a definition and go from it: a machine that runs keeps those it was started with. */
import type { CdromDevice } from '../core/vm/spec.ts'
import { withSameNames } from '../core/vm/drive-names.ts'
import { lastingPlan } from '../core/plan/plan.ts'
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { planDefinition } from './definitions.ts'
import type { App } from './ports.ts'
import { getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

export function changeDrives(
  app: App,
  name: string,
  change: (drives: readonly CdromDevice[]) => readonly CdromDevice[],
  request: ChangeRequest,
): Promise<Changed<'changed'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const wanted = withSameNames(spec, { ...spec, cdroms: change(spec.cdroms) })
    await refuseVmProblems(app, wanted, `machine '${name}'`)
    const title = `change the CD drives of machine '${name}'`
    const { steps } = await planDefinition(app, app.vms, wanted, title)
    return toldOfDefinition(app, name, await carryOut(app, request, lastingPlan(title, steps), 'changed'))
  })
}
