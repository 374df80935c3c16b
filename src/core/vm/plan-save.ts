/** A machine's memory goes to a file, and its QEMU ends; or the memory comes from there, and the machine goes on. */
import type { HostFacts } from '../host/facts.ts'
import { nvramFile } from '../host/paths.ts'
import { run, type WriteAction } from '../plan/action.ts'
import { disrupts } from '../plan/disruption.ts'
import { cannotUndo, lastingPlan, type Plan, type Step } from '../plan/plan.ts'
import { closeStep, memoryFileSteps, jobStep, MEMORY, openStep, syncStep, tellVia } from './memory-file.ts'
import { memorySteps } from './plan-size.ts'
import { saveFiles, STAMP_SCRIPT, type SavedVm } from './saved.ts'
import type { VmSpec } from './spec.ts'

/** `end`: ending QEMU and removing its traces. `record`: where the record is kept, and its text. */
export function planVmSave(
  saved: SavedVm,
  record: Pick<WriteAction, 'path' | 'content'>,
  end: Plan,
  facts: HostFacts,
): Plan {
  const { name, state, live } = saved
  const { memory, disks } = saveFiles(facts.paths, name)
  const qmp = tellVia(facts, name)
  const hold: Step = {
    reason: `the processors of ${name} stand still, and everything it has written is in its disks`,
    do: qmp('stop'),
    undo: qmp('cont'),
    ...disrupts('cut-off', [name]),
  }
  const steps: Step[] = [
    ...(state === 'running' ? [hold] : []),
    ...memoryFileSteps(name, memory, facts),
    openStep(name, memory, facts),
    {
      ...jobStep(name, { command: 'snapshot-save', tag: MEMORY, disks: [] }, facts),
      reason: `the memory of ${name} is written to the file`,
    },
    closeStep(name, facts),
    ...stampSteps(live.spec, disks, facts),
    syncStep([memory, disks]),
    {
      reason: `from here on ${name} is saved`,
      do: { kind: 'write', ...record, mode: 0o600 },
      undo: { kind: 'remove', path: record.path },
    },
  ]
  const plan = lastingPlan(`save machine '${name}'`, [...steps, ...end.steps.map(broughtBack(name))])
  return { ...plan, pointOfNoReturn: steps.length }
}

const broughtBack =
  (name: string) =>
  (step: Step): Step =>
    step.undo.kind === 'none' && step.undo.isLoss === true
      ? { ...step, undo: cannotUndo(`it has been saved: weft vm start ${name} brings it back`) }
      : step

/**
 * From the plan of a start, whose last step lets the processors run. Once they may, the record is no longer true; it goes before that, and
 * what is left of the file after.
 */
export function planVmRestore(
  saved: SavedVm,
  recordPath: string,
  start: Plan,
  { facts, hasUring }: { readonly facts: HostFacts; readonly hasUring: boolean },
): Plan {
  const { name, state } = saved
  const { memory } = saveFiles(facts.paths, name)
  const go = start.steps.at(-1)
  const before: Step[] = [
    ...start.steps.slice(0, -1),
    openStep(name, memory, facts, hasUring),
    {
      ...jobStep(name, { command: 'snapshot-load', tag: saved.tag ?? MEMORY, disks: [] }, facts),
      reason: `${name} has its memory back`,
    },
    ...givenSteps(saved, facts),
    closeStep(name, facts),
    {
      reason: `from here on ${name} is not saved any more`,
      do: { kind: 'remove', path: recordPath },
      undo: { kind: 'write', path: recordPath, content: recordText(saved), mode: 0o600 },
    },
  ]
  const goOn = `the processors of ${name} go on where they stood still`
  const plan = lastingPlan(`restore machine '${name}'`, [
    ...before,
    ...(state === 'running' && go !== undefined
      ? [{ ...go, reason: goOn, undo: cannotUndo('the guest has gone on since') }]
      : []),
    ...removeSteps(name, 'is of no use any more', facts),
  ])
  return { ...plan, pointOfNoReturn: before.length }
}

/** The memory is brought to where weft keeps it first; nothing has noted it there, and nothing is left of it. */
export function planUnpacked(restore: Plan, unpack: readonly Step[]): Plan {
  const { pointOfNoReturn = 0 } = restore
  // Its last step before the point of no return takes the record away, which there is none of.
  const last = pointOfNoReturn - 1
  const steps = [...unpack, ...restore.steps.slice(0, last), ...restore.steps.slice(last + 1)]
  return { ...restore, steps, pointOfNoReturn: unpack.length + last }
}

/** QEMU keeps what a memory device has, and not what it was asked for. */
function givenSteps({ live: { spec, boot } }: SavedVm, facts: HostFacts): Step[] {
  if (boot === undefined) return []
  const { memoryMiB: bootMiB } = boot
  return memorySteps(spec, { bootMiB, beforeMiB: bootMiB, afterMiB: spec.memoryMiB }, facts)
}

/** The memory is given up: the next start boots. */
export function planVmDiscard(saved: SavedVm, recordPath: string, facts: HostFacts): Plan {
  const { name } = saved
  const title = `discard the saved memory of machine '${name}'`
  return lastingPlan(title, discardSteps(saved, recordPath, facts))
}

export function discardSteps(saved: SavedVm, recordPath: string, facts: HostFacts): Step[] {
  const { name } = saved
  return [
    {
      reason: `${name} is not saved any more`,
      do: { kind: 'remove', path: recordPath },
      undo: { kind: 'write', path: recordPath, content: recordText(saved), mode: 0o600 },
    },
    ...removeSteps(name, 'is given up', facts),
  ]
}

export const recordText = (saved: SavedVm): string => `${JSON.stringify(saved, undefined, 2)}\n`

function removeSteps(name: string, why: string, facts: HostFacts): Step[] {
  const { memory, disks } = saveFiles(facts.paths, name)
  return [memory, disks].map((path) => ({
    reason: path === memory ? `the saved memory of ${name} ${why}` : 'and so is what its disks were like',
    do: { kind: 'remove', path },
    undo: cannotUndo('saved memory that was removed is gone'),
  }))
}

/** So that a restore can tell whether somebody has written to them meanwhile. */
export function stampSteps(spec: VmSpec, path: string, facts: HostFacts): Step[] {
  return [
    {
      reason: 'what its disks are like is noted, since its memory fits no others',
      do: run('sh', '-c', STAMP_SCRIPT, 'stamp', path, ...writtenFiles(spec, facts)),
      undo: { kind: 'remove', path },
    },
  ]
}

/** All the files that the machine writes to. */
function writtenFiles({ name, disks, firmware }: VmSpec, { paths }: HostFacts): string[] {
  const files = disks.flatMap(({ path, isReadOnly }) => (isReadOnly === true ? [] : [path]))
  const nvram = firmware === undefined ? [] : [nvramFile(paths, name)]
  return [...files, ...nvram]
}
