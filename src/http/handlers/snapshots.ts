/** Snapshots over HTTP. */
import type { JsonRoute } from '../../api/contract.ts'
import type { SnapshotView } from '../../api/snapshot-views.ts'
import { revertSnapshot } from '../../app/revert-snapshot.ts'
import { createSnapshot, deleteSnapshot, getSnapshot, listSnapshots } from '../../app/snapshots.ts'
import type { Snapshot, SnapshotTree } from '../../core/vm/snapshot.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

export const snapshotHandlers = {
  listSnapshots: ({ app, params }) => {
    const tree = listSnapshots(app, params.name)
    return tree.snapshots.map((snapshot) => snapshotView(tree, snapshot))
  },
  showSnapshot: ({ app, params }) =>
    snapshotView(listSnapshots(app, params.name), getSnapshot(app, params.name, params.snapshot)),
  createSnapshot: ({ app, params, body, request }) =>
    changeView(createSnapshot(app, params.name, body, request)),
  revertSnapshot: ({ app, params, query, request }) =>
    changeView(
      revertSnapshot(app, params.name, params.snapshot, { ...request, force: query.force ?? false }),
    ),
  deleteSnapshot: ({ app, params, request }) =>
    changeView(deleteSnapshot(app, params.name, params.snapshot, request)),
} as const satisfies Handlers<Extract<JsonRoute, `${string}Snapshot${string}`>>

/** Without the definition, which may hold secrets. */
function snapshotView({ name: vm, current }: SnapshotTree, snapshot: Snapshot): SnapshotView {
  const { name, at, description, parent, state, memory, disks } = snapshot
  return {
    vm,
    name,
    at,
    description: description ?? null,
    parent: parent ?? null,
    state,
    hasMemory: memory !== undefined,
    isCurrent: name === current,
    disks,
  }
}
