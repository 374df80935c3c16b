/** Snapshots as the API takes and shows them. */
import { array, boolean, nullable, object, oneOf, optional, string } from './shape.ts'

export interface SnapshotView {
  readonly vm: string
  readonly name: string
  /** RFC 3339. */
  readonly at: string
  readonly description: string | null
  /** The one it was taken after. */
  readonly parent: string | null
  /** What the machine did. */
  readonly state: 'running' | 'paused' | 'stopped'
  readonly hasMemory: boolean
  /** The machine's disks go on from it. */
  readonly isCurrent: boolean
  /** Images that have it. */
  readonly disks: readonly string[]
}

export interface CreateSnapshotRequest {
  readonly name?: string
  readonly description?: string
  readonly diskOnly?: boolean
  readonly quiesce?: boolean
}

export const SNAPSHOTS = {
  snapshot: object<SnapshotView>(
    {
      vm: string(),
      name: string(),
      at: string({ description: 'RFC 3339' }),
      description: nullable(string()),
      parent: nullable(string()),
      state: oneOf('running', 'paused', 'stopped'),
      hasMemory: boolean(),
      isCurrent: boolean(),
      disks: array(string()),
    },
    'Snapshot',
  ),
  create: object<CreateSnapshotRequest>(
    {
      name: optional(string({ description: 'absent: snap1, snap2, ...', minLength: 1, maxLength: 63 })),
      description: optional(string({ description: 'for people', maxLength: 1000 })),
      diskOnly: optional(boolean('without the memory of a machine that runs')),
      quiesce: optional(boolean('its guest holds its file systems still meanwhile, by its agent')),
    },
    'CreateSnapshot',
  ),
}
