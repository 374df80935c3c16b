/** Checks that what stands in the note of a disk's job has the shape the rest of weft trusts. */
import type { BackupJob } from '../core/vm/backup.ts'
import type { DiskJob } from '../core/vm/disk-job.ts'
import { count, list, name, oneOf, optional, record, someText, text, yesNo } from './check-value.ts'

/** Throws an Error whose message names the first place that is wrong. */
export function checkDiskJob(value: unknown): DiskJob {
  job(value, '')
  return value as DiskJob
}

const path = text('an absolute path', (word) => word.startsWith('/'))
const format = oneOf('qcow2', 'raw')

const job = record({
  vm: name,
  disk: name,
  kind: oneOf('overlay', 'commit', 'pull', 'copy'),
  path,
  format,
  target: optional(
    record({
      ...{ path, format, isPivot: yesNo, node: someText },
      ...{ isInPlace: optional(yesNo), isForeign: optional(yesNo), isShallow: optional(yesNo) },
    }),
  ),
  nodes: list(someText),
  nodesAfter: list(someText),
  speed: optional(count),
  isHeld: optional(yesNo),
  emptied: optional(list(path)),
  since: someText,
})

/** The same of a backup that is under way. */
export function checkBackupJob(value: unknown): BackupJob {
  backup(value, '')
  return value as BackupJob
}

const backup = record({
  vm: name,
  to: path,
  number: count,
  id: someText,
  parent: optional(count),
  at: someText,
  disks: list(record({ disk: name, path, format, size: count })),
  nodes: list(someText),
  countedBefore: list(someText),
  speed: optional(count),
})
