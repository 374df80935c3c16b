/** Shapes of the answers about work on disks. */
import type * as View from './disk-views.ts'
import { array, integer, nullable, object, oneOf, string } from './shape.ts'

const diskJob = object<View.DiskJobView>(
  {
    vm: string(),
    disk: string(),
    kind: oneOf('overlay', 'commit', 'pull', 'copy', 'backup'),
    path: string(),
    target: nullable(string()),
    status: string(),
    done: integer(),
    total: integer({ description: 'it grows while the guest writes' }),
    since: string({ description: 'RFC 3339' }),
  },
  'DiskJob',
)

const backup = object<View.BackupView>(
  {
    vm: string(),
    number: integer(),
    parent: nullable(integer({ description: 'the one it is based on; null: it has everything itself' })),
    at: string({ description: 'RFC 3339' }),
    directory: string(),
    disks: array(
      object<View.BackupView['disks'][number]>({
        disk: string(),
        path: string({ description: 'of the image that it was read from' }),
        size: integer({ description: 'bytes' }),
      }),
    ),
  },
  'Backup',
)

/** By the name the OpenAPI document gives each. */
export const DISKS = { diskJob, backup }
