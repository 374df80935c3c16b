/** Shapes of the answers about work on disks. */
import type * as View from './disk-views.ts'
import { integer, nullable, object, oneOf, string } from './shape.ts'

const diskJob = object<View.DiskJobView>(
  {
    vm: string(),
    disk: string(),
    kind: oneOf('overlay', 'commit', 'pull', 'copy'),
    path: string(),
    target: nullable(string()),
    status: string(),
    done: integer(),
    total: integer({ description: 'it grows while the guest writes' }),
    since: string({ description: 'RFC 3339' }),
  },
  'DiskJob',
)

/** By the name the OpenAPI document gives each. */
export const DISKS = { diskJob }
