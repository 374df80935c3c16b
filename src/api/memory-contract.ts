/** What the routes take and give that put a machine's memory into a file, or bring it back; a part of the contract. */
import { change, name } from './route-kinds.ts'
import { object, oneOf, optional, string } from './shape.ts'

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

const path = string({ description: 'an absolute path', minLength: 1, maxLength: 4096 })
/** How it comes back; absent: as it was. */
const state = optional(oneOf('running', 'paused'))
const format = optional(oneOf('elf', 'kdump-zlib', 'kdump-lzo', 'kdump-snappy'))

export const MEMORY_ROUTES = {
  saveVm: change('Keep the memory of a machine in a file, and stop it', { name }, undefined),
  discardVm: change('Give the saved memory of a machine up', { name }, undefined),
  saveVmTo: change(
    'Keep the memory of a machine, with all it needs, in a file of your own, and stop it',
    { name },
    object<SaveVmTo>({ to: path, state }, 'SaveVmTo'),
  ),
  restoreVm: change(
    'Let a machine go on that has been saved to a file',
    {},
    object<RestoreVm>({ from: path, state }, 'RestoreVm'),
  ),
  dumpVm: change(
    'Write what a machine has in memory to a file, for a debugger',
    { name },
    object<DumpVm>({ to: path, format }, 'DumpVm'),
  ),
} as const
