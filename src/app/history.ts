/** What was done, what it changed, and the way back. */
import { WeftError } from '../core/errors.ts'
import type { Action } from '../core/plan/action.ts'
import { cannotUndo, invert, type Plan, type Step } from '../core/plan/plan.ts'
import { NAMES_TITLE } from '../core/network/naming/plan-names.ts'
import { imageName, overlaysOf } from '../core/storage/image-tree.ts'
import { adoptAgain } from './adopt-again.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { lookAtImages } from './disk-images.ts'
import { HOST_QUEUE } from './find-network.ts'
import type { App, Change } from './ports.ts'
import { scopeOf } from './plan-scope.ts'
import { diffSnapshots, touchedSince, type SectionDiff } from './snapshot-diff.ts'

export interface ShownChange {
  readonly change: Change
  readonly diff: readonly SectionDiff[]
}

/** Oldest first. A change that was taken back later has the outcome 'undone'. */
export async function listHistory(app: App): Promise<readonly Change[]> {
  const changes = await app.journal.history()
  const undone = undoneNumbers(changes)
  return changes.map((change) => (undone.has(change.number) ? { ...change, outcome: 'undone' } : change))
}

export async function showChange(app: App, number: number): Promise<ShownChange> {
  const change = await getChange(app, number)
  return { change, diff: diffSnapshots(change.before, change.after) }
}

/** Takes back one change: the last that still stands, unless a number is given. */
export async function undoChange(
  app: App,
  number: number | undefined,
  request: ChangeRequest,
): Promise<Changed<'undone'>> {
  return await app.queue.run(HOST_QUEUE, async () => {
    const change = number === undefined ? await lastStanding(app) : await getChange(app, number)
    refuseWrongOutcome(change)
    refuseLoss(change)
    await refuseWhenTouched(app, change)
    const changed = await carryOut(app, request, planUndo(change), 'undone')
    if (changed.number === null) return changed
    await refreshDefinitions(app, change.plan)
    await adoptAgain(app, change.plan)
    return changed
  })
}

export async function undoLast(app: App, request: ChangeRequest): Promise<Changed<'undone'>> {
  return await undoChange(app, undefined, request)
}

function planUndo({ number, plan }: Change): Plan {
  return {
    title: `undo change ${number}: ${plan.title}`,
    steps: invert(plan.steps, (step) => `takes back: ${step.reason}`).map(withoutEmptyImage),
    onFailure: 'take-back',
    isLasting: plan.isLasting,
  }
}

/** A disk that is gone does not come back as an empty one. */
function withoutEmptyImage(step: Step): Step {
  const { undo } = step
  const isEmpty = undo.kind === 'write' && undo.content === ''
  if (step.do.kind !== 'remove' || !(isEmpty || (undo.kind === 'run' && movedBy(undo)[0] !== ''))) return step
  return { ...step, undo: cannotUndo('a deleted disk cannot be brought back') }
}

async function getChange(app: App, number: number): Promise<Change> {
  const change = (await listHistory(app)).find((each) => each.number === number)
  if (change !== undefined) return change
  throw new WeftError('not-found', `there is no change ${number}`, { hint: 'weft history' })
}

async function lastStanding(app: App): Promise<Change> {
  const last = (await listHistory(app)).findLast(
    // What weftd keeps true by itself follows whatever is undone.
    ({ outcome, title }) => outcome === 'done' && undoneBy({ title }) === undefined && title !== NAMES_TITLE,
  )
  if (last !== undefined) return last
  throw new WeftError('not-found', 'there is nothing to undo', { hint: 'weft history' })
}

/** The number of the change that this one took back. Titles are settled by `planUndo`. */
function undoneBy(change: Pick<Change, 'title'>): number | undefined {
  const match = /^undo change (\d+): /.exec(change.title)
  return match === null ? undefined : Number(match[1])
}

/** An undo that was itself undone no longer counts: the latest word holds. */
function undoneNumbers(changes: readonly Change[]): Set<number> {
  const undone = new Set<number>()
  for (const change of changes.toReversed()) {
    const target = undoneBy(change)
    if (change.outcome === 'done' && target !== undefined && !undone.has(change.number)) undone.add(target)
  }
  return undone
}

function refuseWrongOutcome(change: Change): void {
  if (change.outcome === 'done') return
  const why = change.outcome === 'undone' ? 'has been undone already' : 'did not happen as a whole'
  throw new WeftError('wrong-state', `change ${change.number}, '${change.title}', ${why}`, {
    hint: 'weft history',
  })
}

function refuseLoss(change: Change): void {
  const lost = change.plan.steps.flatMap(({ undo }) =>
    undo.kind === 'none' && undo.isLoss === true ? [undo] : [],
  )
  const [first] = lost
  if (first === undefined && change.plan.steps.some((step) => step.undo.kind !== 'none')) return
  const because = first?.because ?? 'nothing of it can be taken back'
  throw new WeftError(
    'unsupported',
    `change ${change.number}, '${change.title}', cannot be undone: ${because}`,
  )
}

/** Undoing what somebody has built upon would break it: the host must look as the change left it. */
async function refuseWhenTouched(app: App, change: Change): Promise<void> {
  // Nobody knew beforehand what one that has grown would touch: the whole host was looked at.
  const { plan } = change
  const now = await app.host.snapshot(plan.isGrown === true ? undefined : scopeOf(plan))
  const touched = [...touchedSince(change.before, change.after, now), ...(await touchedFiles(app, change))]
  if (touched.length === 0) return
  const title = `change ${change.number}, '${change.title}', cannot be undone: the host has changed since`
  throw new WeftError('conflict', title, {
    details: touched.slice(0, 10).map((line) => ['since then', line]),
    hint: `weft diff ${change.number} shows what it did; weft history shows what came after`,
  })
}

async function touchedFiles(app: App, change: Change): Promise<string[]> {
  const last = new Map<string, Action>()
  for (const step of change.plan.steps) {
    if (step.undo.kind === 'none') continue
    if (step.do.kind === 'write' || step.do.kind === 'remove') last.set(step.do.path, step.do)
    const [from, to] = movedBy(step.do)
    const moved = last.get(from)
    if (moved !== undefined) last.delete(from)
    if (moved !== undefined) last.set(to, moved)
  }
  const touched = [...last].map(async ([path, action]) => {
    if (action.kind === 'write' && action.content === '') return touchedImage(app, change, path)
    const content = await app.host.readTextFile(path)
    const expected = action.kind === 'write' ? action.content : undefined
    return content === expected ? [] : [`'${path}' has been written or removed`]
  })
  return (await Promise.all(touched)).flat()
}

/** A file that was filled under another name until it was whole. */
function movedBy(action: Action): readonly [string, string] {
  const [program, flag, from = '', to = ''] = action.kind === 'run' ? action.argv : []
  return program === 'mv' && flag === '-T' ? [from, to] : ['', '']
}

/** A file made empty is a disk: a program has filled it, guests write to it, and it may be larger than memory. */
async function touchedImage(app: App, { at, durationMs, plan }: Change, path: string): Promise<string[]> {
  const file = await app.host.inspectFile(path)
  if (file === undefined) return [`'${path}' has been removed`]
  // A machine that came with its disk goes with it.
  const goes = new Set(plan.steps.flatMap(({ undo }) => (undo.kind === 'remove' ? [undo.path] : [])))
  const users = app.vms
    .list()
    .filter((vm) => !goes.has(app.vms.file(vm.name)) && vm.disks.some((disk) => disk.path === path))
  const isUsed = users.map((vm) => `machine '${vm.name}' has been given '${path}'`)
  const isWritten = file.modifiedMs > Date.parse(at) + durationMs
  const overlays = overlaysOf(await lookAtImages(app), file.identity).map(imageName)
  return [
    ...isUsed,
    ...(isWritten ? [`'${path}' has been written to`] : []),
    ...overlays.map((overlay) => `disk '${overlay}' begins with '${path}'`),
  ]
}

/** Definitions that the undone plan had written or removed are read again, and what networks run with. */
export async function refreshDefinitions(app: App, plan: Plan): Promise<void> {
  app.liveNetworks.clear()
  const paths = new Set(plan.steps.flatMap((step) => ('path' in step.do ? [step.do.path] : [])))
  for (const path of paths) {
    const name = path.replace(/^.*\//, '').replace(/\.json$/, '')
    // What a network that runs was started with has changed: it is read again at the next look.
    if (path.endsWith('/live.json')) app.liveNetworks.clear()
    for (const store of [
      ...[app.networks, app.vms, app.pools, app.saves, app.snapshots, app.labs],
      ...[app.jobs, app.backups, app.imageRecords, app.filters, app.secrets, app.briefSecrets],
    ])
      if (store.file(name) === path) await store.refresh(name)
  }
}
