/** A lab as its file has it: what differs is changed, as one change that is taken back as a whole. */
import type { LabItem } from '../../core/lab/compare.ts'
import type { LabDraft, LabRecord, LabRevision } from '../../core/lab/record.ts'
import { labRevisionFile } from '../../core/host/paths.ts'
import type { NetworkSpec } from '../../core/network/spec.ts'
import { lastingPlan, type Plan, type Step } from '../../core/plan/plan.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import type { Changed, ChangeRequest } from '../change.ts'
import { listDisks } from '../disk-images.ts'
import { deleteDisk } from '../disks.ts'
import { executePlan } from '../execute-plan.ts'
import { HOST_QUEUE } from '../find-network.ts'
import type { App } from '../ports.ts'
import { inTurns } from '../queue.ts'
import { changeTogether } from '../together.ts'
import { deedsOf, type Deeds } from './deeds.ts'
import { surveyLab, type Survey } from './survey-lab.ts'

export interface ApplyRequest extends ChangeRequest {
  /** What exists and belongs to no lab becomes its own. */
  readonly adopt?: boolean
  /** What cannot be changed while a machine or a network runs is changed by stopping it. */
  readonly restart?: boolean
  /** Disks of machines that go are deleted, unless others use them. */
  readonly deleteDisks?: boolean
}

/** A part as it is and as it shall be. */
export type LabPair = { readonly name: string } & (
  | { readonly kind: 'network'; readonly before?: NetworkSpec | undefined; readonly after?: NetworkSpec }
  | { readonly kind: 'machine'; readonly before?: VmSpec | undefined; readonly after?: VmSpec }
)

export interface AppliedLab extends Changed<'applied' | 'unchanged'> {
  readonly lab: string
  /** The one that this is, or would be. */
  readonly revision: number
  readonly items: readonly LabItem[]
  readonly pairs: readonly LabPair[]
  readonly deeds: Deeds
}

export function applyLab(app: App, draft: LabDraft, request: ApplyRequest): Promise<AppliedLab> {
  const names = [
    ...(app.labs.find(draft.name)?.machines ?? []),
    ...draft.machines.map((each) => each.definition.name),
  ]
  const keys = [...new Set(names)].map((name) => `vm:${name}`)
  return inTurns(app.queue, keys, () => app.queue.run(HOST_QUEUE, () => applyInTurn(app, draft, request)))
}

async function applyInTurn(app: App, draft: LabDraft, request: ApplyRequest): Promise<AppliedLab> {
  const { adopt = false, restart = false, deleteDisks: isDeleting = false } = request
  const survey = await surveyLab(app, draft, { adopt, restart, deleteDisks: isDeleting })
  const { items, record } = survey
  const title = `apply lab '${draft.name}'`
  const isIdle = items.every(({ action }) => action === 'keep') && hasMembers(record, draft)
  const before = record?.revision ?? 0
  const deeds = deedsOf(survey)
  const told = { lab: draft.name, items, notes: [], pairs: pairsOf(app, survey), deeds }
  const plan: Plan = lastingPlan(title, [])
  if (isIdle) return { ...told, result: 'unchanged', number: null, revision: before, plan }
  if (request.dryRun) return { ...told, result: 'applied', number: null, revision: before + 1, plan }
  const going = isDeleting
    ? await ownDisks(
        app,
        survey.gone.machines.map(({ name }) => name),
      )
    : []
  const changed = await changeTogether(app, { title, by: request.by }, async (part) => {
    await carryOutLab(part, deeds, request.by)
    await executePlan(part, recordPlan(app, draft, survey, request.by), request.by)
    await app.labs.refresh(draft.name)
  })
  await deleteDisks(app, going, request.by)
  return { ...told, ...changed, result: 'applied', revision: before + 1 }
}

function pairsOf(app: App, { networks, machines, gone }: Survey): LabPair[] {
  return [
    ...gone.machines.map(({ name }): LabPair => ({ kind: 'machine', name, before: app.vms.find(name) })),
    ...gone.networks.map((name): LabPair => ({
      kind: 'network',
      name,
      before: app.networks.find(name)?.spec,
    })),
    ...networks.map(({ spec, before }): LabPair => ({
      kind: 'network',
      name: spec.name,
      before,
      after: spec,
    })),
    ...machines.map(({ spec, before }): LabPair => ({
      kind: 'machine',
      name: spec.name,
      before,
      after: spec,
    })),
  ]
}

function hasMembers(record: LabRecord | undefined, draft: LabDraft): boolean {
  const networks = draft.networks.map((each) => each.draft.name).sort()
  const machines = draft.machines.map(({ definition }) => definition.name).sort()
  const is = (list: readonly string[] | undefined, other: readonly string[]): boolean =>
    list?.join('/') === other.join('/')
  return is(record?.networks, networks) && is(record?.machines, machines)
}

async function carryOutLab(part: App, { inOrder, starts }: Deeds, by: string): Promise<void> {
  const request = { by, dryRun: false }
  for (const deed of inOrder) await deed.run(part, request)
  await allOf(starts.map((deed) => deed.run(part, request)))
}

/** After all else: they do not come back. */
async function deleteDisks(app: App, names: readonly string[], by: string): Promise<void> {
  for (const name of names) await deleteDisk(app, name, { by, dryRun: false })
}

/** Disks that only machines of these names have. */
async function ownDisks(app: App, machines: readonly string[]): Promise<string[]> {
  if (machines.length === 0) return []
  const disks = await listDisks(app)
  return disks
    .filter((disk) => disk.machines.length > 0 && disk.machines.every((name) => machines.includes(name)))
    .map(({ name }) => name)
}

/** All have ended, well or not, before anything is taken back. */
async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  const ends = await Promise.allSettled(work)
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

function recordPlan(app: App, draft: LabDraft, { record: before, items }: Survey, by: string): Plan {
  const { name } = draft
  const number = (before?.revision ?? 0) + 1
  const record: LabRecord = {
    name,
    revision: number,
    networks: draft.networks.map((each) => each.draft.name).sort(),
    machines: draft.machines.map(({ definition }) => definition.name).sort(),
  }
  const at = app.chance.now().toISOString()
  const isSecret = draft.machines.some(({ definition }) => definition.cloudInit?.userData !== undefined)
  const secret = isSecret ? { isSecret } : {}
  const revision: LabRevision = {
    ...secret,
    lab: name,
    number,
    at,
    by,
    text: draft.text,
    summary: summaryOf(items),
  }
  const path = labRevisionFile(app.facts.paths, name, number)
  return lastingPlan(`note revision ${String(number)} of lab '${name}'`, [
    ...directories(app, name),
    {
      reason: `revision ${String(number)} of the file is kept`,
      do: { kind: 'write', path, content: `${JSON.stringify(revision, null, 2)}\n`, mode: 0o600, ...secret },
      undo: { kind: 'remove', path },
    },
    {
      reason: `who belongs to lab ${name} is noted`,
      do: { kind: 'write', path: app.labs.file(name), content: app.labs.format(record), mode: 0o600 },
      undo:
        before === undefined
          ? { kind: 'remove', path: app.labs.file(name) }
          : { kind: 'write', path: app.labs.file(name), content: app.labs.format(before), mode: 0o600 },
    },
  ])
}

function directories(app: App, name: string): Step[] {
  const revisions = labRevisionFile(app.facts.paths, name, 0).replace(/\/[^/]*$/, '')
  return [app.labs.file(name).replace(/\/[^/]*$/, ''), revisions].map((path) => ({
    reason: 'what is kept of labs has a place',
    do: { kind: 'mkdir', path, mode: 0o700 },
    undo: { kind: 'none', because: "an empty directory is in nobody's way" },
  }))
}

export function summaryOf(items: readonly LabItem[]): string {
  const count = (action: LabItem['action'], words: string): string[] => {
    const many = items.filter((item) => item.action === action).length
    return many === 0 ? [] : [`${String(many)} ${words}`]
  }
  return [
    ...count('create', 'to create'),
    ...count('change', 'to change'),
    ...count('remove', 'to remove'),
    ...count('keep', 'as it is'),
  ].join(', ')
}
