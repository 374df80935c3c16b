/** What a snapshot is said to be for: the only thing of it that can change. */
import { lastingPlan } from '../core/plan/plan.ts'
import { omit } from '../core/vm/omit.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { planDefinition } from './definitions.ts'
import type { App } from './ports.ts'
import { getSnapshot, treeOf } from './snapshots.ts'
import { inTurnOf } from './vm-turn.ts'

/** `description` undefined: none any more. Throws not-found. */
export function describeSnapshot(
  app: App,
  vm: string,
  name: string,
  description: string | undefined,
  request: ChangeRequest,
): Promise<Changed<'described'>> {
  return inTurnOf(app, vm, async () => {
    getSnapshot(app, vm, name)
    const tree = treeOf(app, vm)
    const snapshots = tree.snapshots.map((each) =>
      each.name !== name
        ? each
        : { ...omit(each, 'description'), ...(description === undefined ? {} : { description }) },
    )
    const title = `describe snapshot '${name}' of machine '${vm}'`
    const { steps } = await planDefinition(app, app.snapshots, { ...tree, snapshots }, title)
    try {
      return await carryOut(app, request, lastingPlan(title, steps), 'described')
    } finally {
      await app.snapshots.refresh(vm)
    }
  })
}
