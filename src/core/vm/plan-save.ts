/** A machine's memory goes to a file, and its QEMU ends; or the memory comes from there, and the machine goes on. */
import { confinedArgv } from '../host/confinement.ts'
import type { HostFacts } from '../host/facts.ts'
import { nvramFile } from '../host/paths.ts'
import { run, type QmpAction, type WriteAction } from '../plan/action.ts'
import { disrupts } from '../plan/disruption.ts'
import { cannotUndo, lastingPlan, noUndo, type Plan, type Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'
import { saveFiles, STAMP_SCRIPT, type SavedVm } from './saved.ts'
import type { VmSpec } from './spec.ts'

/** The node of the file in QEMU, the one snapshot in it, and the job that fills or reads it. */
const MEMORY = 'weft-memory'
/** An image of no size: memory is kept behind its end. Large clusters are allocated less often. */
const IMAGE_OPTIONS = ['-o', 'cluster_size=2M', '1M'] as const
/** As much memory as a machine may have, on as slow a disk as there is. */
const JOB_LIMIT_MS = 6 * 3600_000

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
    ...openSteps(name, memory, facts),
    jobStep(`the memory of ${name} is written to the file`, facts, name, 'snapshot-save'),
    closeStep(name, facts),
    ...stampSteps(live.spec, disks, facts),
    {
      reason: 'all of that is on the disk of this host',
      do: { ...run('sync', '--', memory, disks), timeoutMs: JOB_LIMIT_MS },
      undo: noUndo('what is on the disk may stay there'),
    },
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
export function planVmRestore(saved: SavedVm, recordPath: string, start: Plan, facts: HostFacts): Plan {
  const { name, state } = saved
  const { memory } = saveFiles(facts.paths, name)
  const go = start.steps.at(-1)
  const before: Step[] = [
    ...start.steps.slice(0, -1),
    ...openSteps(name, memory, facts),
    jobStep(`${name} has its memory back`, facts, name, 'snapshot-load'),
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

/** The file is made first, empty and private, so that qemu-img and QEMU can fill it as QEMU's own user. */
export function memoryFileSteps(name: string, path: string, facts: HostFacts): Step[] {
  const { owner } = facts.qemuUser
  return [
    {
      reason: `a file for the memory of ${name}, which nobody but QEMU's user may read`,
      do: { kind: 'write', path, content: '', mode: 0o600, owner },
      undo: { kind: 'remove', path },
    },
    {
      reason: 'QEMU keeps memory in a snapshot of an image; this one has nothing else in it',
      do: run(...confinedArgv(facts, ['qemu-img', 'create', '-q', '-f', 'qcow2', ...imageWords(path)])),
      undo: noUndo('removing the file takes its content along'),
    },
  ]
}

function imageWords(path: string): string[] {
  const [flag, options, size] = IMAGE_OPTIONS
  return [flag, options, path, size]
}

function openSteps(name: string, path: string, facts: HostFacts): Step[] {
  const qmp = tellVia(facts, name)
  const file = { driver: 'file', filename: path }
  return [
    {
      reason: `the QEMU of ${name} opens the file`,
      do: qmp('blockdev-add', { driver: 'qcow2', 'node-name': MEMORY, file }),
      undo: { ...qmp('blockdev-del', { 'node-name': MEMORY }), mayBeMissing: true },
    },
  ]
}

function closeStep(name: string, facts: HostFacts): Step {
  return {
    reason: 'the file is closed again',
    do: tellVia(facts, name)('blockdev-del', { 'node-name': MEMORY }),
    undo: noUndo('a closed file needs no closing'),
  }
}

/** QEMU itself ends the job; a weftd that comes back only waits until it has. */
function jobStep(
  reason: string,
  facts: HostFacts,
  name: string,
  command: 'snapshot-save' | 'snapshot-load',
): Step {
  const qmp = tellVia(facts, name)
  const job = { id: MEMORY, waitMs: JOB_LIMIT_MS }
  const args = { 'job-id': MEMORY, tag: MEMORY, vmstate: MEMORY, devices: [MEMORY] }
  return {
    reason,
    do: { ...qmp(command, args), job },
    undo: { ...qmp('query-jobs'), job },
  }
}

/** So that a restore can tell whether somebody has written to them meanwhile. */
function stampSteps(spec: VmSpec, path: string, facts: HostFacts): Step[] {
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

const tellVia =
  (facts: HostFacts, name: string) =>
  (command: string, args?: QmpAction['arguments']): QmpAction => ({
    kind: 'qmp',
    socket: vmFiles(facts.paths, name).qmp,
    command,
    ...(args === undefined ? {} : { arguments: args }),
  })
