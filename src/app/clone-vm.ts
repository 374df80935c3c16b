/** Another machine like one that is there, with disks and an identity of its own. */
import { WeftError } from '../core/errors.ts'
import { nvramFile } from '../core/host/paths.ts'
import { lastingPlan, type Plan } from '../core/plan/plan.ts'
import { cloneNotes, cloneSpec } from '../core/vm/clone.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import { networksOf } from '../core/vm/nics.ts'
import { copyNvramSteps } from '../core/vm/plan-nvram.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { carryOut, carryOutInTwo, type Changed, type ChangeRequest } from './change.ts'
import { planCopies, type DiskCopies } from './clone-disks.ts'
import { chooseMacs, refuseTaken, refuseVmProblems } from './create-vm.ts'
import { planDefinition } from './definitions.ts'
import { withSpaceErrors } from './disks.ts'
import { keepAddresses, tellSteps } from './keep-addresses.ts'
import type { App } from './ports.ts'
import { inTurns, type Lend } from './queue.ts'
import { refuseWork } from './refuse-job.ts'
import { getState, getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

export interface WantedClone {
  readonly name: string
  /** Its disks begin with those of the source instead of copying them. */
  readonly linked?: boolean
}

/**
 * Disks are copied first, under names that nobody looks for, while others have their turns with the host, though not with the source;
 * then comes the rest, planned from what the host has become.
 */
export async function cloneVm(
  app: App,
  source: string,
  wanted: WantedClone,
  request: ChangeRequest,
): Promise<Changed<'cloned'>> {
  refuseTaken(app, wanted.name)
  const { names } = await planCopies(app, refuseBusy(app, source), wanted)
  // Before the host's turn, which nobody who waits for disks may hold.
  const keys = names.map((name) => `disk:${name}`)
  return inTurns(app.queue, keys, () =>
    inTurnOf(app, source, (lend) => cloneInTurn(app, source, wanted, request, lend)),
  )
}

async function cloneInTurn(
  app: App,
  source: string,
  wanted: WantedClone,
  request: ChangeRequest,
  lend: Lend,
): Promise<Changed<'cloned'>> {
  const from = refuseBusy(app, source)
  const copies = await planCopies(app, from, wanted)
  const { copying } = copies
  let planned = await planClone(app, from, wanted, copies)
  const plan = lastingPlan(`clone machine '${source}' to '${wanted.name}'`, [...copying, ...planned.steps])
  const planRest = async (): Promise<Plan['steps']> => {
    await refuseWhenWritten(app, source, copies)
    planned = await planClone(app, refuseBusy(app, source), wanted, copies)
    return planned.steps
  }
  const sequel = { after: copying.length, lend, isAllWaiting: true, plan: planRest } as const
  const changed = await withSpaceErrors({ name: wanted.name, path: copies.disks.at(-1)?.path ?? '/' }, () =>
    copying.length === 0
      ? carryOut(app, request, plan, 'cloned')
      : carryOutInTwo(app, request, { plan, sequel }, 'cloned', []),
  )
  if (!request.dryRun) {
    await app.vms.refresh(wanted.name)
    app.events.emit({ kind: 'vm', name: wanted.name, what: 'defined' })
  }
  return { ...changed, notes: planned.notes }
}

/** All but the copying. */
async function planClone(
  app: App,
  from: VmSpec,
  { name, linked }: WantedClone,
  { disks, naming, notes }: DiskCopies,
): Promise<{ readonly steps: Plan['steps']; readonly notes: readonly string[] }> {
  refuseTaken(app, name)
  const networks = from.nics.map(({ network }) => network)
  const identity = { name, uuid: app.chance.uuid(), macs: chooseMacs(app, networks), disks }
  const spec = cloneSpec(from, identity)
  const made = disks.flatMap(({ path, isReadOnly }) => (isReadOnly === true ? [] : [path]))
  const seen = await refuseVmProblems(app, spec, `machine '${name}'`, made)

  const keeping = keepAddresses(app, spec, seen)
  const define = await planDefinition(app, app.vms, spec, '')
  const hasNvram = (await app.host.inspectFile(nvramFile(app.facts.paths, from.name))) !== undefined
  const steps = [
    ...naming,
    ...(from.firmware !== undefined && hasNvram ? copyNvramSteps(from.name, name, app.facts) : []),
    ...define.steps,
    ...keeping.steps,
    ...tellSteps(app, networksOf(spec), keeping.seen),
  ]
  const template = `${from.name} is a template from now on: it is not started while disks begin with its own`
  return {
    steps,
    notes: [
      ...notes,
      ...keeping.notes,
      ...cloneNotes(from),
      ...(linked === true && made.length > 0 ? [template] : []),
      `start it with: weft vm start ${name}`,
    ],
  }
}

/** Only what stands still can be copied. */
function refuseBusy(app: App, name: string): VmSpec {
  const spec = getVm(app, name)
  refuseUnlessAllowed('clone', name, getState(app, name).state)
  refuseWork(
    app,
    name,
    spec.disks.map(({ path }) => path),
  )
  return spec
}

/** What was copied while somebody wrote is no copy. */
async function refuseWhenWritten(app: App, name: string, { sources }: DiskCopies): Promise<void> {
  for (const [path, modifiedMs] of sources) {
    if ((await app.host.inspectFile(path))?.modifiedMs === modifiedMs) continue
    throw new WeftError('conflict', `'${path}' has been written to while it was copied`, {
      hint: `stop whoever uses it, then clone machine '${name}' again`,
    })
  }
}
