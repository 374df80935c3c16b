/** What the routes take and give that put a machine's memory into a file, or bring it back; a part of the contract. */
import { boolean, object, oneOf, optional, string } from './shape.ts'
import { VIEWS } from './view-shapes.ts'

export interface SaveVmTo {
  readonly to: string
  /** How it comes back; absent: as it is now. */
  readonly state?: 'running' | 'paused'
}

export interface RestoreVm {
  readonly from: string
  /** Absent: as the file says. */
  readonly state?: 'running' | 'paused'
}

export interface DumpVm {
  readonly to: string
  /** Absent: elf. */
  readonly format?: 'elf' | 'kdump-zlib' | 'kdump-lzo' | 'kdump-snappy'
}

const name = string({ description: 'a name', minLength: 1, maxLength: 255 })
const path = string({ description: 'an absolute path', minLength: 1, maxLength: 4096 })
const state = optional(oneOf('running', 'paused'))
const query = { dryRun: boolean('only plan: nothing is changed, `script` is what would run') }

export const MEMORY_ROUTES = {
  saveVm: {
    summary: 'Keep the memory of a machine in a file, and stop it',
    params: { name },
    query,
    body: undefined,
    reply: VIEWS.change,
    changes: true,
  },
  discardVm: {
    summary: 'Give the saved memory of a machine up',
    params: { name },
    query,
    body: undefined,
    reply: VIEWS.change,
    changes: true,
  },
  saveVmTo: {
    summary: 'Keep the memory of a machine, with all it needs, in a file of your own, and stop it',
    params: { name },
    query,
    body: object<SaveVmTo>({ to: path, state }, 'SaveVmTo'),
    reply: VIEWS.change,
    changes: true,
  },
  restoreVm: {
    summary: 'Let a machine go on that has been saved to a file',
    params: {},
    query,
    body: object<RestoreVm>({ from: path, state }, 'RestoreVm'),
    reply: VIEWS.change,
    changes: true,
  },
  dumpVm: {
    summary: 'Write what a machine has in memory to a file, for a debugger',
    params: { name },
    query,
    body: object<DumpVm>(
      { to: path, format: optional(oneOf('elf', 'kdump-zlib', 'kdump-lzo', 'kdump-snappy')) },
      'DumpVm',
    ),
    reply: VIEWS.change,
    changes: true,
  },
} as const
