/** Checks that what stands in the file of a machine's snapshots has the shape the rest of weft trusts. */
import type { SnapshotTree } from '../core/vm/snapshot.ts'
import { vm } from './check-definition.ts'
import { live } from './check-saved.ts'
import { list, name, oneOf, optional, record, someText, machineType } from './check-value.ts'

/** Throws an Error whose message names the first place that is wrong. */
export function checkSnapshotTree(value: unknown): SnapshotTree {
  tree(value, '')
  return value as SnapshotTree
}

const tree = record({
  name,
  current: optional(name),
  snapshots: list(
    record({
      name,
      at: someText,
      description: optional(someText),
      parent: optional(name),
      state: oneOf('running', 'paused', 'stopped'),
      spec: vm,
      memory: optional(record({ live, machineType })),
      disks: list(someText),
    }),
  ),
})
