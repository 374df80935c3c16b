/** How much of the host's storage a machine's disk may have, while it runs too. */
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import { limitAction, type DiskLimits } from '../core/vm/disk-limits.ts'
import { backendId } from '../core/vm/qemu-disks.ts'
import type { DiskDevice, VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed } from './change.ts'
import { getMachineDisk } from './live-disks.ts'
import type { App } from './ports.ts'
import { keepInScope, toldInScope, type ScopedRequest } from './scope.ts'
import { inTurnOf } from './vm-turn.ts'

/** 0: any; what is absent stays. */
export function limitDisk(
  app: App,
  vm: string,
  word: string,
  wanted: DiskLimits,
  request: ScopedRequest,
): Promise<Changed<'limited' | 'unchanged'>> {
  return inTurnOf(app, vm, async () => {
    const { spec, live, disk } = await getMachineDisk(app, vm, word, request.scope === 'definition')
    const change = ({ disks, ...rest }: VmSpec): VmSpec => ({
      ...rest,
      disks: disks.map((each) => (each.path === disk.path ? withLimits(each, wanted) : each)),
    })
    const kept = await keepInScope(app, change(spec), live && { ...live, spec: change(live.spec) }, request)
    const id = backendId(spec.machine, disk, disk.id)
    const tell: Step = {
      reason: `'${disk.path}' is read and written no faster than its definition says`,
      do: limitAction(app.facts, vm, id, withLimits(disk, wanted)),
      undo: limitAction(app.facts, vm, id, disk),
    }
    const isKnown = kept.length === 0
    const steps = isKnown ? [] : [...kept, ...(live === undefined ? [] : [tell])]
    const plan = lastingPlan(`limit '${disk.path}' of machine '${vm}'`, steps)
    const changed = await carryOut(app, request, plan, isKnown ? 'unchanged' : 'limited')
    return toldInScope(app, vm, changed, request)
  })
}

function withLimits(disk: DiskDevice, wanted: DiskLimits): DiskDevice {
  const { iops: iopsBefore, bps: bpsBefore, ...rest } = disk
  const { iops = iopsBefore ?? 0, bps = bpsBefore ?? 0 } = wanted
  return { ...rest, ...(iops === 0 ? {} : { iops }), ...(bps === 0 ? {} : { bps }) }
}
