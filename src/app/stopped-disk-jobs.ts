/** Changing what a disk stands on, and copying it, while its machine does not run: qemu-img does it. */
import { WeftError } from '../core/errors.ts'
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import { planDiskCommit, planDiskFill, planDiskPull, convertFilling } from '../core/storage/plan-disk.ts'
import type { DiskDevice } from '../core/vm/spec.ts'
import { carryOut, type Changed, type ChangeRequest, toldOfDefinition } from './change.ts'
import { planDefinition } from './definitions.ts'
import type { NewImagePlace } from './new-image.ts'
import type { Base } from './disk-chain.ts'
import { getActivePool } from './disk-images.ts'
import { withSpaceErrors } from './disks.ts'
import type { MachineDisk } from './live-disks.ts'
import type { App } from './ports.ts'

export async function overlayStopped(
  app: App,
  at: MachineDisk,
  place: NewImagePlace,
  fill: readonly Step[],
  request: ChangeRequest,
): Promise<Changed<'overlaid'>> {
  const title = `put '${place.path}' over '${at.disk.path}' of machine '${at.spec.name}'`
  const plan = lastingPlan(title, [...fill, ...(await redefineSteps(app, at, place))])
  return toldOfDefinition(
    app,
    at.spec.name,
    await withSpaceErrors(place, () => carryOut(app, request, plan, 'overlaid')),
  )
}

/** As long as the definition names it, the overlay hides what is written below it: it goes last, when nothing is taken back any more. */
export async function commitStopped(
  app: App,
  at: MachineDisk,
  base: Base,
  request: ChangeRequest,
): Promise<Changed<'committed'>> {
  const { commit, remove } = planDiskCommit(at.disk, base, app.facts)
  const steps = [...commit.steps, ...(await redefineSteps(app, at, base))]
  const plan = { ...commit, steps: [...steps, ...remove.steps], pointOfNoReturn: steps.length }
  const space = { name: base.path, path: base.path }
  return toldOfDefinition(
    app,
    at.spec.name,
    await withSpaceErrors(space, () => carryOut(app, request, plan, 'committed')),
  )
}

export async function pullStopped(
  app: App,
  at: MachineDisk,
  base: Base,
  request: ChangeRequest,
): Promise<Changed<'pulled'>> {
  const { path } = at.disk
  const plan = planDiskPull(at.disk, base, app.facts)
  return withSpaceErrors({ name: path, path }, () => carryOut(app, request, plan, 'pulled'))
}

export async function copyStopped(
  app: App,
  at: MachineDisk,
  place: NewImagePlace,
  request: ChangeRequest & { readonly isPivot: boolean },
): Promise<Changed<'copied'>> {
  const { path, format } = at.disk
  const title = `copy '${path}' of machine '${at.spec.name}' to '${place.path}'`
  const around = { pool: getActivePool(app), facts: app.facts }
  const fill = planDiskFill(title, place, convertFilling(path, format, place), around)
  const steps = [...fill.steps, ...(request.isPivot ? await redefineSteps(app, at, place) : [])]
  return toldOfDefinition(
    app,
    at.spec.name,
    await withSpaceErrors(place, () => carryOut(app, request, { ...fill, steps }, 'copied')),
  )
}

async function redefineSteps(
  app: App,
  { spec, disk }: MachineDisk,
  { path, format }: Pick<DiskDevice, 'path' | 'format'>,
): Promise<readonly Step[]> {
  const disks = spec.disks.map((each) => (each.path === disk.path ? { ...each, path, format } : each))
  if (!spec.disks.some((each) => each.path === disk.path))
    throw new WeftError('not-found', `machine '${spec.name}' has no disk '${disk.path}'`)
  return (await planDefinition(app, app.vms, { ...spec, disks }, '')).steps
}
