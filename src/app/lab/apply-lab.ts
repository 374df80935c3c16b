/** A lab as its file has it: what differs is changed, as one change that is taken back as a whole. */
import { hostLinkSteps } from '../../core/lab/host-links.ts'
import type { LabItem } from '../../core/lab/compare.ts'
import type { LabDraft, LabRecord, LabRevision } from '../../core/lab/record.ts'
import { labRevisionFile } from '../../core/host/paths.ts'
import { lastingPlan, startPlan, type Plan, type Step } from '../../core/plan/plan.ts'
import type { Changed, ChangeRequest } from '../change.ts'
import { deleteVm } from '../delete-vm.ts'
import { executePlan } from '../execute-plan.ts'
import { HOST_QUEUE } from '../find-network.ts'
import { autostartNetwork, defineNetwork, startNetwork, stopNetwork, undefineNetwork } from '../networks.ts'
import type { App } from '../ports.ts'
import { inTurns } from '../queue.ts'
import { changeTogether } from '../together.ts'
import { startVm } from '../vms.ts'
import { changeMachine } from './change-machine.ts'
import { endMachine } from './end-machine.ts'
import { surveyLab, type MachineState, type NetworkState, type Survey } from './survey-lab.ts'

export interface ApplyRequest extends ChangeRequest {
  /** What exists and belongs to no lab becomes its own. */
  readonly adopt?: boolean
  /** What cannot be changed while a machine or a network runs is changed by stopping it. */
  readonly restart?: boolean
}

export interface AppliedLab extends Changed<'applied' | 'unchanged'> {
  readonly lab: string
  /** The one that this is, or would be. */
  readonly revision: number
  readonly items: readonly LabItem[]
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
  const survey = await surveyLab(app, draft, {
    adopt: request.adopt === true,
    restart: request.restart === true,
  })
  const { items, record } = survey
  const title = `apply lab '${draft.name}'`
  const isNew = !hasMembers(record, draft)
  const isIdle = items.every(({ action }) => action === 'keep') && !isNew
  const before = record?.revision ?? 0
  const told = { lab: draft.name, items, notes: [] }
  const plan: Plan = lastingPlan(title, [])
  if (isIdle) return { ...told, result: 'unchanged', number: null, revision: before, plan }
  if (request.dryRun) return { ...told, result: 'applied', number: null, revision: before + 1, plan }
  const changed = await changeTogether(app, { title, by: request.by }, async (part) => {
    await carryOutLab(part, survey, request.by)
    await executePlan(part, recordPlan(app, draft, survey, request.by), request.by)
    await app.labs.refresh(draft.name)
  })
  return { ...told, ...changed, result: 'applied', revision: before + 1 }
}

function hasMembers(record: LabRecord | undefined, draft: LabDraft): boolean {
  const networks = draft.networks.map((each) => each.draft.name).sort()
  const machines = draft.machines.map(({ definition }) => definition.name).sort()
  const is = (list: readonly string[] | undefined, other: readonly string[]): boolean =>
    list?.join('/') === other.join('/')
  return is(record?.networks, networks) && is(record?.machines, machines)
}

/** First what goes, since its addresses and ports may be wanted by what comes. */
async function carryOutLab(part: App, { host, gone, networks, machines }: Survey, by: string): Promise<void> {
  const request = { by, dryRun: false }
  const links = hostLinkSteps(host, await part.host.links())
  if (links.length > 0) await executePlan(part, startPlan('make bridges and TAPs of the host', links), by)
  for (const { isRestarted, spec } of machines) if (isRestarted) await endMachine(part, spec.name, by)
  for (const name of gone.machines) {
    if (part.machines.isRunning(name)) await endMachine(part, name, by)
    await deleteVm(part, name, request)
  }
  const stays = gone.networks.filter((name) => machines.some(({ before }) => isOn(before, name)))
  for (const name of gone.networks) if (!stays.includes(name)) await removeNetwork(part, name, by)
  for (const network of networks) await carryOutNetwork(part, network, by)
  for (const machine of machines) await carryOutMachine(part, machine, by)
  for (const name of stays) await removeNetwork(part, name, by)
  const starting = machines.filter((each) => each.isRestarted || (each.isStarted && !each.isRunning))
  await allOf(starting.map(({ spec }) => startVm(part, spec.name, request)))
}

const isOn = (spec: MachineState['before'], network: string): boolean =>
  spec?.nics.some((nic) => nic.network === network) === true

async function removeNetwork(part: App, name: string, by: string): Promise<void> {
  const request = { by, dryRun: false }
  await stopNetwork(part, name, request)
  await undefineNetwork(part, name, request)
}

async function carryOutNetwork(part: App, network: NetworkState, by: string): Promise<void> {
  const { draft, autostart, isStarted, isRunning, isFrozen, isKnown } = network
  const request = { by, dryRun: false }
  await defineNetwork(part, draft, { ...request, live: !isFrozen })
  if (autostart || isKnown) await autostartNetwork(part, draft.name, autostart, request)
  if (isStarted && !isRunning) await startNetwork(part, draft.name, request)
}

async function carryOutMachine(part: App, { given, live, item }: MachineState, by: string): Promise<void> {
  if (item.action !== 'keep') await changeMachine(part, { given, changes: live }, { by, dryRun: false })
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
  const revision: LabRevision = { lab: name, number, at, by, text: draft.text, summary: summaryOf(items) }
  const path = labRevisionFile(app.facts.paths, name, number)
  return lastingPlan(`note revision ${String(number)} of lab '${name}'`, [
    ...directories(app, name),
    {
      reason: `revision ${String(number)} of the file is kept`,
      do: { kind: 'write', path, content: `${JSON.stringify(revision, null, 2)}\n`, mode: 0o600 },
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
