/** The plans of a backup: how it begins, that it is one, and what goes when it is over. */
import { confinedArgv } from '../host/confinement.ts'
import type { HostFacts } from '../host/facts.ts'
import type { QmpAction } from '../plan/action.ts'
import { cannotUndo, lastingPlan, noUndo, type Plan, type Step } from '../plan/plan.ts'
import {
  backupDirectory,
  backupFile,
  backupJobId,
  backupNode,
  bitmapName,
  formatBackup,
  manifestFile,
  type BackupDisk,
  type BackupJob,
  type SeenBackupJob,
} from './backup.ts'
import { vmFiles } from './context.ts'
import { diskNode } from './qemu-disks.ts'
import { quiesced } from './quiesce.ts'

const CANCEL_LIMIT_MS = 30_000

const title = ({ vm, to, number, parent }: BackupJob): string =>
  `back up machine '${vm}' to '${to}' (${parent === undefined ? 'whole' : 'what has changed'}, ${String(number)})`

/** Nobody but QEMU's user reads what was on the disks. */
export function planBackupPrepare(job: BackupJob, note: readonly Step[], facts: HostFacts): Plan {
  const directory = backupDirectory(job)
  return lastingPlan(`prepare to ${title(job)}`, [
    ...note,
    {
      reason: 'the backup has a directory of its own',
      do: { kind: 'mkdir', path: directory, mode: 0o711 },
      undo: { kind: 'remove', path: directory },
    },
    ...job.disks.flatMap((disk) => imageSteps(job, disk, facts)),
  ])
}

/** The image is based on the backup before by its place beside it: a series can be moved as a whole. */
function imageSteps(job: BackupJob, { disk, size }: BackupDisk, facts: HostFacts): Step[] {
  const path = backupFile(job, disk)
  const backing =
    job.parent === undefined ? [] : ['-b', `../${String(job.parent)}/${disk}.qcow2`, '-F', 'qcow2']
  const argv = ['qemu-img', 'create', '-q', '-f', 'qcow2', ...backing, '-u', path, String(size)]
  const node = { path, format: 'qcow2', bus: 'virtio' } as const
  return [
    {
      reason: `the backup of ${disk} belongs to QEMU's user and to nobody else`,
      do: { kind: 'write', path, content: '', mode: 0o600, owner: facts.qemuUser.owner },
      undo: { kind: 'remove', path },
    },
    {
      reason: `it is an empty image${job.parent === undefined ? '' : ` over that of backup ${String(job.parent)}`}`,
      do: { kind: 'run', argv: confinedArgv(facts, argv) },
      undo: noUndo('removing the file takes its content along'),
    },
    {
      reason: `QEMU opens '${path}'`,
      // What it stands on is not read: only what has changed is written.
      do: ask(job, facts, 'blockdev-add', { ...diskNode(node, backupNode(disk)), backing: null }),
      undo: ask(job, facts, 'blockdev-del', { 'node-name': backupNode(disk) }),
    },
  ]
}

/** All disks at one moment, from which on their writes are counted for the next one. */
export function planBackupBegin(
  job: BackupJob,
  { parentId, isQuiesced }: { readonly parentId: string | undefined; readonly isQuiesced: boolean },
  facts: HostFacts,
): Plan {
  const actions = job.disks.flatMap(({ disk, format }, place) => {
    const node = job.nodes[place] ?? disk
    return [
      {
        type: 'block-dirty-bitmap-add',
        data: { node, name: bitmapName(job.id), persistent: format === 'qcow2' },
      },
      { type: 'blockdev-backup', data: backupArguments(job, disk, node, parentId) },
    ]
  })
  const begin: Step = {
    reason: 'everything that is on the disks at this moment is put aside, while the guest goes on',
    do: ask(job, facts, 'transaction', { actions }),
    undo: cannotUndo('what was backed up is given up with its directory'),
  }
  return lastingPlan(title(job), isQuiesced ? quiesced(job.vm, facts, [begin]) : [begin])
}

/** The job stays on QEMU's list until somebody has seen how it ended. */
function backupArguments(
  { speed }: BackupJob,
  disk: string,
  node: string,
  parentId: string | undefined,
): Readonly<Record<string, unknown>> {
  return {
    'job-id': backupJobId(disk),
    device: node,
    target: backupNode(disk),
    'auto-dismiss': false,
    ...(speed === undefined ? {} : { speed }),
    ...(parentId === undefined
      ? { sync: 'full' }
      : { sync: 'bitmap', bitmap: bitmapName(parentId), 'bitmap-mode': 'never' }),
  }
}

export function planBackupKeep(job: BackupJob): Plan {
  const path = manifestFile(job)
  const files = job.disks.map(({ disk }) => backupFile(job, disk))
  return lastingPlan(`keep to ${title(job)}`, [
    {
      reason: 'the backup would survive a power cut',
      do: { kind: 'run', argv: ['sync', ...files] },
      undo: noUndo('there is nothing to take back'),
    },
    {
      reason: 'it is whole, and is one from now on',
      do: { kind: 'write', path, content: formatBackup(job), mode: 0o600 },
      undo: { kind: 'remove', path },
    },
  ])
}

/** What QEMU has of it. */
interface SeenBackup {
  readonly isRunning: boolean
  readonly jobs: readonly SeenBackupJob[]
}

export function planBackupFinish(
  job: BackupJob,
  seen: SeenBackup,
  forget: readonly Step[],
  facts: HostFacts,
): Plan {
  const steps = job.disks.flatMap(({ disk }, place) => [
    ...closeSteps(job, disk, seen, facts),
    ...job.countedBefore.map((name) => forgetBitmap(job, job.nodes[place] ?? disk, name, facts)),
  ])
  return {
    ...lastingPlan(`tidy up after: ${title(job)}`, [...(seen.isRunning ? steps : []), ...forget]),
    onFailure: 'carry-on',
  }
}

export function planBackupGiveUp(
  job: BackupJob,
  seen: SeenBackup,
  forget: readonly Step[],
  facts: HostFacts,
): Plan {
  const directory = backupDirectory(job)
  const steps = job.disks.flatMap(({ disk }, place) => [
    ...closeSteps(job, disk, seen, facts),
    // It was begun with the job or not at all.
    ...(isKnown(seen, disk) ? [forgetBitmap(job, job.nodes[place] ?? disk, bitmapName(job.id), facts)] : []),
  ])
  return {
    ...lastingPlan(`give up to ${title(job)}`, [
      ...(seen.isRunning ? [...cancelSteps(job, seen, facts), ...steps] : []),
      {
        reason: 'nothing is whole in it',
        do: { kind: 'remove', path: directory },
        undo: cannotUndo('nothing was whole in it'),
      },
      ...forget,
    ]),
    onFailure: 'carry-on',
  }
}

function cancelSteps(job: BackupJob, { jobs }: SeenBackup, facts: HostFacts): Step[] {
  return jobs
    .filter(({ status }) => status !== 'concluded')
    .map(({ id }) => ({
      reason: 'QEMU stops working on it',
      do: {
        ...ask(job, facts, 'job-cancel', { id }),
        until: { event: 'JOB_STATUS_CHANGE', device: id, status: 'concluded', waitMs: CANCEL_LIMIT_MS },
      },
      undo: noUndo('it is given up'),
    }))
}

const isKnown = ({ jobs }: SeenBackup, disk: string): boolean =>
  jobs.some(({ id }) => id === backupJobId(disk))

function closeSteps(job: BackupJob, disk: string, seen: SeenBackup, facts: HostFacts): Step[] {
  const dismiss: Step = {
    reason: `QEMU forgets how the backup of ${disk} has ended`,
    do: ask(job, facts, 'job-dismiss', { id: backupJobId(disk) }),
    undo: noUndo('it is known'),
  }
  return [
    ...(isKnown(seen, disk) ? [dismiss] : []),
    {
      reason: `QEMU closes the backup of ${disk}`,
      do: ask(job, facts, 'blockdev-del', { 'node-name': backupNode(disk) }),
      undo: noUndo('nobody reads it'),
    },
  ]
}

const forgetBitmap = (job: BackupJob, node: string, name: string, facts: HostFacts): Step => ({
  reason: `what ${node} has changed is not counted for '${name}' any more`,
  do: ask(job, facts, 'block-dirty-bitmap-remove', { node, name }),
  undo: cannotUndo('what was not counted is not known'),
})

function ask(
  { vm }: BackupJob,
  facts: HostFacts,
  command: string,
  args: NonNullable<QmpAction['arguments']>,
): QmpAction {
  return { kind: 'qmp', socket: vmFiles(facts.paths, vm).qmp, command, arguments: args }
}
