/** Which snapshots of a machine a client asks for: virDomainSnapshotListFlags. */
import type { Snapshot, SnapshotTree } from '../../core/vm/snapshot.ts'
import { snapshotState } from '../xml/snapshot.ts'
import { select } from './filters.ts'

/** Oldest first, so that no child comes before its parent. `parent` undefined: those that begin with nothing. */
export const childrenOf = ({ snapshots }: SnapshotTree, parent: string | undefined): Snapshot[] =>
  snapshots.filter((each) => each.parent === parent)

export function descendantsOf(tree: SnapshotTree, name: string): Snapshot[] {
  const below = new Set([name])
  return tree.snapshots.filter((each) => {
    const isBelow = each.parent !== undefined && below.has(each.parent)
    if (isBelow) below.add(each.name)
    return isBelow
  })
}

export function selectSnapshots(
  tree: SnapshotTree,
  from: readonly Snapshot[],
  flags: number,
): readonly Snapshot[] {
  const parents = new Set(tree.snapshots.map(({ parent }) => parent))
  const isLeaf = ({ name }: Snapshot): boolean => !parents.has(name)
  const always = (): boolean => true
  const never = (): boolean => false
  return select(from, flags, [
    { 2: always, 16: never },
    { 4: isLeaf, 8: (each) => !isLeaf(each) },
    {
      32: (each) => snapshotState(each) === 'shutoff',
      64: (each) => ['running', 'paused'].includes(snapshotState(each)),
      128: (each) => snapshotState(each) === 'disk-snapshot',
    },
    { 256: always, 512: never },
  ])
}
