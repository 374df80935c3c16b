/** Backups without a QEMU that runs: of a machine that stands still, and putting back what was backed up. */
import { confinedArgv } from '../host/confinement.ts'
import type { HostFacts } from '../host/facts.ts'
import { cannotUndo, lastingPlan, noUndo, type Plan, type Step } from '../plan/plan.ts'
import {
  backupDirectory,
  backupFile,
  bitmapName,
  type Backup,
  type BackupDisk,
  type BackupJob,
} from './backup.ts'
import { planBackupKeep } from './plan-backup.ts'
import type { DiskDevice } from './spec.ts'

/** Copying takes as long as the disks of this host need. */
const LONG_MS = 24 * 3600_000

export function planBackupStopped(job: BackupJob, facts: HostFacts): Plan {
  const directory = backupDirectory(job)
  return lastingPlan(`back up machine '${job.vm}' to '${job.to}' (whole, ${String(job.number)})`, [
    {
      reason: 'the backup has a directory of its own',
      do: { kind: 'mkdir', path: directory, mode: 0o711 },
      undo: { kind: 'remove', path: directory },
    },
    ...job.disks.flatMap(({ disk, path, format }) => [
      ...fillSteps({ from: path, as: format, to: backupFile(job, disk), format: 'qcow2' }, facts),
      ...(format === 'qcow2' ? [countStep(job, path, facts)] : []),
    ]),
    ...planBackupKeep(job).steps,
  ])
}

/** So that the next one can be incremental. */
function countStep({ id }: BackupJob, path: string, facts: HostFacts): Step {
  const bitmap = (deed: string): [string, ...string[]] =>
    confinedArgv(facts, ['qemu-img', 'bitmap', deed, '-f', 'qcow2', path, bitmapName(id)])
  return {
    reason: 'what changes from now on is counted',
    do: { kind: 'run', argv: bitmap('--add') },
    undo: { kind: 'run', argv: bitmap('--remove') },
  }
}

/** Every disk is whole under another name before the first takes its place; what was there goes when all have. */
export function planRestore(
  backup: Backup,
  pairs: readonly { readonly saved: BackupDisk; readonly disk: DiskDevice }[],
  facts: HostFacts,
): { restore: Plan; tidy: Plan } {
  const title = `restore machine '${backup.vm}' from backup ${String(backup.number)} of '${backup.to}'`
  const fill = pairs.flatMap(({ saved, disk: { path, format } }) =>
    fillSteps({ from: backupFile(backup, saved.disk), as: 'qcow2', to: fresh(path), format }, facts),
  )
  const replace = pairs.flatMap(({ disk: { path } }) => [
    moveStep(path, before(path), `what is in '${path}' now is put aside`),
    moveStep(fresh(path), path, `'${path}' is as it was backed up`),
  ])
  return {
    restore: lastingPlan(title, [...fill, ...replace]),
    tidy: lastingPlan(
      `tidy up after: ${title}`,
      pairs.map(({ disk: { path } }) => ({
        reason: 'what was there before the restore goes',
        do: { kind: 'remove', path: before(path) },
        undo: cannotUndo('nothing else has been kept of it'),
      })),
    ),
  }
}

const fresh = (path: string): string => `${path}.new`
const before = (path: string): string => `${path}.before`

function moveStep(from: string, to: string, reason: string): Step {
  return {
    reason,
    do: { kind: 'run', argv: ['mv', '-T', from, to] },
    undo: { kind: 'run', argv: ['mv', '-T', to, from] },
  }
}

interface Filling {
  readonly from: string
  readonly as: string
  readonly to: string
  readonly format: string
}

function fillSteps({ from, as, to, format }: Filling, facts: HostFacts): Step[] {
  return [
    {
      reason: `'${to}' belongs to QEMU's user and to nobody else`,
      do: { kind: 'write', path: to, content: '', mode: 0o600, owner: facts.qemuUser.owner },
      undo: { kind: 'remove', path: to },
    },
    {
      reason: `it has what is in '${from}'`,
      do: {
        kind: 'run',
        argv: confinedArgv(facts, ['qemu-img', 'convert', '-q', '-f', as, '-O', format, from, to]),
        timeoutMs: LONG_MS,
      },
      undo: noUndo('removing the file takes its content along'),
    },
    {
      reason: 'it would survive a power cut',
      do: { kind: 'run', argv: ['sync', to], timeoutMs: LONG_MS },
      undo: noUndo('there is nothing to take back'),
    },
  ]
}
