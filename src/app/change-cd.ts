/** Another CD, or none, in a drive of a machine; definition and running machine together, or neither. */
import { WeftError } from '../core/errors.ts'
import { lastingPlan } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { changeCdStep } from '../core/vm/plan-cd.ts'
import { liveNoteStep } from '../core/vm/plan-nic.ts'
import { omit } from '../core/vm/omit.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { inTurnOf } from './vm-turn.ts'
import type { App } from './ports.ts'
import { definedInScope, liveIn, toldInScope, type ScopedRequest } from './scope.ts'
import { getVm } from './vm-state.ts'

export interface CdChange {
  /** Counted from 0. */
  readonly drive: number
  /** Absent: none. */
  readonly path: string | undefined
}

export function changeCd(
  app: App,
  name: string,
  { drive, path }: CdChange,
  request: ScopedRequest,
): Promise<Changed<'changed' | 'already-there'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const live = await liveIn(app, name, request)
    if (request.scope !== 'running') refuseWithoutDrive(spec, drive)
    if (live !== undefined) refuseWithoutDrive(live.spec, drive)
    const wanted = withCd((request.scope === 'running' ? live?.spec : undefined) ?? spec, drive, path)
    if (path !== undefined) await refuseVmProblems(app, wanted, `machine '${name}'`)

    const title = `${path === undefined ? 'eject the CD' : 'change the CD'} of machine '${name}'`
    const define = await definedInScope(app, wanted, request)
    const steps = live === undefined ? [] : liveSteps(app, live, { drive, path })
    const plan = lastingPlan(title, [...define, ...steps])
    const result = plan.steps.length === 0 ? 'already-there' : 'changed'
    return toldInScope(app, name, await carryOut(app, request, plan, result), request)
  })
}

function liveSteps(
  { facts }: App,
  live: LiveVm,
  { drive, path }: CdChange,
): ReturnType<typeof changeCdStep>[] {
  const before = live.spec.cdroms[drive]?.path
  if (before === path) return []
  const after = { ...live, spec: withCd(live.spec, drive, path) }
  return [liveNoteStep(live, after, facts), changeCdStep(live.spec.name, drive, [before, path], facts)]
}

function withCd(spec: VmSpec, drive: number, path: string | undefined): VmSpec {
  const cd = path === undefined ? {} : { path }
  return {
    ...spec,
    cdroms: spec.cdroms.map((each, i) => (i === drive ? { ...cd, ...omit(each, 'path') } : each)),
  }
}

function refuseWithoutDrive({ name, cdroms }: VmSpec, drive: number): void {
  if (cdroms[drive] !== undefined) return
  const message =
    cdroms.length === 0
      ? `machine '${name}' has no CD drive`
      : `machine '${name}' has no CD drive ${String(drive)}: they are counted from 0`
  throw new WeftError('not-found', message, { hint: 'a machine is created with one by --cdrom FILE' })
}
