/** Checks that what stands in the note of a disk's job has the shape the rest of weft trusts. */
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
  target: optional(record({ path, format, isPivot: yesNo, node: someText })),
  nodes: list(someText),
  nodesAfter: list(someText),
  speed: optional(count),
  since: someText,
})
