/** The plans of work on a disk that QEMU does while the guest goes on: how it begins, and one for each turn it takes. */
import type { HostFacts } from '../host/facts.ts'
import type { QmpAction } from '../plan/action.ts'
import { cannotUndo, lastingPlan, noUndo, type Plan, type Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'
import { jobId, type DiskJob, type JobTarget } from './disk-job.ts'
import { diskNode } from './qemu-disks.ts'

/** A guest that writes as fast as it can lets a job come to its end between two of its requests. */
const END_LIMIT_MS = 60_000
const CANCEL_LIMIT_MS = 30_000

/** Where a copy lies until it is whole. */
export const unfinished = ({ path, isPivot, isInPlace }: JobTarget): string =>
  isPivot || isInPlace === true ? path : `${path}.new`

/** `fill`: the target's file is made and is an empty image; none for what is there. `note`: the job is kept. */
export function planJobBegin(
  job: DiskJob,
  kept: { readonly note: readonly Step[]; readonly fill: readonly Step[] },
  facts: HostFacts,
): Plan {
  const { target, kind } = job
  const opened = target !== undefined && kind !== 'commit' ? [openStep(job, target, facts)] : []
  return lastingPlan(jobTitle(job), [
    ...kept.note,
    ...kept.fill,
    ...opened,
    ...(kind === 'overlay' ? [] : [startStep(job, facts)]),
  ])
}

export function jobTitle({ kind, path, vm, target }: DiskJob): string {
  const of = `of machine '${vm}'`
  switch (kind) {
    case 'overlay':
      return `put '${target?.path ?? ''}' over '${path}' ${of}`
    case 'commit':
      return `commit '${path}' ${of} to '${target?.path ?? ''}'`
    case 'pull':
      return `pull what is below '${path}' ${of} into it`
    case 'copy':
      return `copy '${path}' ${of} to '${target?.path ?? ''}'`
  }
}

function openStep(job: DiskJob, target: JobTarget, facts: HostFacts): Step {
  const disk = { path: unfinished(target), format: target.format, bus: 'virtio' } as const
  // An overlay is told what it stands on when the disk goes over to it.
  const below = job.kind === 'overlay' ? { backing: null } : {}
  return {
    reason: `QEMU opens '${disk.path}', which nobody else writes to`,
    do: ask(job, facts, 'blockdev-add', { ...diskNode(disk, target.node), ...below }),
    undo: ask(job, facts, 'blockdev-del', { 'node-name': target.node }),
  }
}

/** QEMU keeps what it has done to itself until it is told: then the definition can go first. */
function startStep(job: DiskJob, facts: HostFacts): Step {
  const [top = job.disk] = job.nodes
  const node = job.target?.node ?? ''
  const speed = job.speed === undefined ? {} : { speed: job.speed }
  const manners = { 'auto-finalize': false, 'auto-dismiss': true, ...speed }
  const common = { 'job-id': jobId(job), device: top, ...manners }
  const start = (): QmpAction => {
    switch (job.kind) {
      case 'commit':
        return ask(job, facts, 'block-commit', { ...common, 'base-node': node })
      case 'pull':
        return ask(job, facts, 'block-stream', common)
      case 'copy':
      case 'overlay':
        return ask(job, facts, 'blockdev-mirror', { ...common, target: node, sync: syncOf(job) })
    }
  }
  return { reason: REASONS[job.kind], do: start(), undo: cancelAction(job, facts) }
}

const syncOf = ({ target }: DiskJob): string => (target?.isShallow === true ? 'top' : 'full')

const REASONS: Readonly<Record<DiskJob['kind'], string>> = {
  overlay: 'what is written from now on goes into the overlay',
  commit: 'what the disk has of its own goes into what it begins with, while the guest goes on',
  pull: 'what the disk begins with goes into the disk, while the guest goes on',
  copy: 'what is on the disk goes into the copy, while the guest goes on',
}

export function cancelAction(job: DiskJob, facts: HostFacts): QmpAction {
  const device = jobId(job)
  return {
    ...ask(job, facts, 'block-job-cancel', { device, force: true }),
    until: { event: 'BLOCK_JOB_CANCELLED', device, waitMs: CANCEL_LIMIT_MS },
    mayBeMissing: true,
  }
}

export function planJobCancel(job: DiskJob, facts: HostFacts): Plan {
  const undo = cannotUndo('what was done until then is given up')
  return lastingPlan(`cancel to ${jobTitle(job)}`, [
    { reason: 'QEMU stops working on it', do: cancelAction(job, facts), undo },
  ])
}

/** A copy is of the moment at which it is told so. */
export function planJobHalt(job: DiskJob, facts: HostFacts): Plan {
  return lastingPlan(`end to ${jobTitle(job)}`, [
    {
      reason: 'the copy is of this moment',
      do: untilPending(job, ask(job, facts, 'block-job-cancel', { device: jobId(job), force: false })),
      undo: noUndo('it is given up when the copy is'),
    },
  ])
}

/** `kept`: the definition and the note of what runs name the target. At this moment both images say the same, and nobody writes. */
export function planJobSwitch(
  job: DiskJob,
  status: string | undefined,
  kept: readonly Step[],
  facts: HostFacts,
): Plan {
  const complete: Step = {
    reason: 'both images say the same, and the guest waits for a moment',
    do: untilPending(job, ask(job, facts, 'block-job-complete', { device: jobId(job) })),
    undo: noUndo('it is asked for again'),
  }
  return lastingPlan(`go on to ${jobTitle(job)}`, [...(status === 'ready' ? [complete] : []), ...kept])
}

/** Whether it happened is seen afterwards: nothing of it is taken back. */
export function planJobFinalize(job: DiskJob, facts: HostFacts): Plan {
  const device = jobId(job)
  const step: Step =
    job.kind === 'overlay'
      ? {
          reason: REASONS.overlay,
          do: ask(job, facts, 'blockdev-snapshot', {
            node: job.nodes[0] ?? job.disk,
            overlay: job.target?.node ?? '',
          }),
          undo: cannotUndo('the guest has written to the overlay'),
        }
      : finalizeStep(job, facts, device)
  return lastingPlan(`end to ${jobTitle(job)}`, [step])
}

function finalizeStep(job: DiskJob, facts: HostFacts, device: string): Step {
  return {
    reason: 'QEMU goes over to what has come of it, and the guest goes on',
    do: {
      ...ask(job, facts, 'job-finalize', { id: device }),
      until: { event: 'BLOCK_JOB_COMPLETED', device, waitMs: CANCEL_LIMIT_MS },
    },
    undo: cannotUndo('the guest has written to it since'),
  }
}

/** `note`: the job is forgotten, and what QEMU has open is noted. */
export function planJobFinish(
  job: DiskJob,
  seen: { readonly isRunning: boolean; readonly status?: string },
  note: readonly Step[],
  facts: HostFacts,
): Plan {
  const { kind, target, nodes, nodesAfter, emptied = [] } = job
  const isCopy = kind === 'copy' && target?.isPivot === false
  const closed = isCopy ? [target.node] : nodes.filter((node) => !nodesAfter.includes(node))
  return {
    ...lastingPlan(`tidy up after: ${jobTitle(job)}`, [
      ...(isCopy && seen.status !== undefined ? [finalizeStep(job, facts, jobId(job))] : []),
      ...(seen.isRunning ? closeSteps(job, closed, facts) : []),
      ...(isCopy ? nameSteps(target) : []),
      ...emptied.map((image) => removeStep(image, 'what it had is in what it began with')),
      ...note,
    ]),
    onFailure: 'carry-on',
  }
}

export function planJobGiveUp(
  job: DiskJob,
  seen: { readonly isRunning: boolean },
  note: readonly Step[],
  facts: HostFacts,
): Plan {
  const { kind, target } = job
  const isOwn = target !== undefined && (kind === 'copy' || kind === 'overlay')
  return {
    ...lastingPlan(`give up to ${jobTitle(job)}`, [
      ...(isOwn && seen.isRunning ? closeSteps(job, [target.node], facts) : []),
      ...(isOwn && target.isForeign !== true
        ? [removeStep(unfinished(target), 'nothing is whole in it')]
        : []),
      ...note,
    ]),
    onFailure: 'carry-on',
  }
}

/** QEMU closes those that it found by itself, whose names begin so. */
function closeSteps(job: DiskJob, nodes: readonly string[], facts: HostFacts): Step[] {
  return nodes
    .filter((node) => !node.startsWith('#'))
    .map((node) => ({
      reason: `QEMU closes ${node}, which the disk needs no longer`,
      do: ask(job, facts, 'blockdev-del', { 'node-name': node }),
      undo: noUndo('nobody reads it'),
    }))
}

function nameSteps(target: JobTarget): Step[] {
  const fresh = unfinished(target)
  const sync: Step = {
    reason: 'the copy would survive a power cut',
    do: { kind: 'run', argv: ['sync', fresh], timeoutMs: END_LIMIT_MS },
    undo: noUndo('there is nothing to take back'),
  }
  if (fresh === target.path) return [sync]
  const move: Step = {
    reason: 'it is whole and gets its name',
    do: { kind: 'run', argv: ['mv', '-T', fresh, target.path] },
    undo: { kind: 'remove', path: target.path },
  }
  return [sync, move]
}

const removeStep = (path: string, because: string): Step => ({
  reason: `'${path}' goes: ${because}`,
  do: { kind: 'remove', path },
  undo: cannotUndo('nothing else has been kept of it'),
})

function untilPending(job: DiskJob, action: QmpAction): QmpAction {
  const until = { event: 'JOB_STATUS_CHANGE', device: jobId(job), status: 'pending', waitMs: END_LIMIT_MS }
  return { ...action, until }
}

function ask(
  { vm }: DiskJob,
  facts: HostFacts,
  command: string,
  args: NonNullable<QmpAction['arguments']>,
): QmpAction {
  return { kind: 'qmp', socket: vmFiles(facts.paths, vm).qmp, command, arguments: args }
}
