/** Checkpoints, of which there are none, and backups, which weft takes by commands of its own. */
import type { CallName } from '../wire/procedures.ts'
import { fail } from './failures.ts'
import { specOf } from './find-machine.ts'
import type { Handlers } from './handler.ts'

export const CHECKPOINT_HANDLERS = {
  DOMAIN_LIST_ALL_CHECKPOINTS: (context, { dom }) => {
    specOf(context, dom)
    return { checkpoints: [], ret: 0 }
  },
  DOMAIN_CHECKPOINT_LOOKUP_BY_NAME: (context, { dom, name }) => {
    specOf(context, dom)
    throw fail('noCheckpoint', 'qemu', `no domain checkpoint with matching name '${name}'`)
  },
  DOMAIN_CHECKPOINT_CREATE_XML: (context, { dom }) => {
    const { name } = specOf(context, dom)
    if (!context.app.machines.isRunning(name))
      throw fail('unsupported', 'qemu', 'cannot create checkpoint for inactive domain')
    throw fail('unsupported', 'qemu', `weft keeps its own account of changes: weft backup create ${name}`)
  },
  DOMAIN_BACKUP_BEGIN: (context, { dom }) => {
    const { name } = specOf(context, dom)
    if (!context.app.machines.isRunning(name))
      throw fail('unsupported', 'qemu', 'cannot perform disk backup for inactive domain')
    throw fail('unsupported', 'qemu', `weft chooses where a backup goes: weft backup create ${name}`)
  },
  DOMAIN_BACKUP_GET_XML_DESC: (context, { dom }) => {
    specOf(context, dom)
    throw fail('noBackup', 'qemu', 'no domain backup job present')
  },
} as const satisfies Partial<Handlers<Extract<CallName, `DOMAIN_${string}`>>>
