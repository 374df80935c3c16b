/** Shapes of the answers about work on disks. */
import type * as View from './disk-views.ts'
import { name } from './route-kinds.ts'
import { array, boolean, integer, nullable, object, oneOf, string } from './shape.ts'

const diskJob = object<View.DiskJobView>(
  {
    vm: string(),
    disk: string(),
    kind: oneOf('overlay', 'commit', 'pull', 'copy', 'backup'),
    path: string(),
    target: nullable(string()),
    status: string(),
    held: boolean('once it is ready it stays so until somebody says how it ends'),
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

const offset = integer({ description: 'where in the file, in bytes', minimum: 0 })

/** The bytes of disks; a part of the contract. */
export const DISK_BYTES_ROUTES = {
  uploadDisk: {
    summary: 'Give a disk the bytes that come, as its file has them; without an offset they are all of it',
    params: { name },
    query: { dryRun: boolean('only plan: nothing is changed, and no bytes are wanted'), offset },
    body: undefined,
    reply: 'upload',
    changes: true,
  },
  downloadDisk: {
    summary: 'The bytes of the file of a disk',
    params: { name },
    query: {
      offset,
      length: integer({ description: 'at most so many', minimum: 1 }),
      sparse: boolean('without its holes: application/vnd.weft.sparse'),
    },
    body: undefined,
    reply: 'download',
    changes: false,
  },
} as const
