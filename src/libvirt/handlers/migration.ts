/** A machine's way to another host, which weft does not go: what would hold for it is kept, as libvirtd keeps it, while weftd runs. */
import type { CallName } from '../wire/procedures.ts'
import { fail } from './failures.ts'
import { runningMachine, specOf } from './find-machine.ts'
import type { Handlers } from './handler.ts'

/** What libvirt tells of a machine whose migration nobody has limited: MiB a second. */
const ANY_SPEED = 8_796_093_022_207n
/** virDomainMigrateMaxSpeedFlags. */
const POSTCOPY = 1

export const MIGRATION_HANDLERS = {
  DOMAIN_MIGRATE_GET_MAX_SPEED: (context, { dom, flags }) => {
    const { uuid } = specOf(context, dom)
    if ((flags & POSTCOPY) !== 0) runningMachine(context, dom)
    return { bandwidth: context.migrationSpeeds.get(uuid) ?? ANY_SPEED }
  },
  DOMAIN_MIGRATE_SET_MAX_SPEED: (context, { dom, bandwidth, flags }) => {
    const { uuid } = specOf(context, dom)
    if ((flags & POSTCOPY) !== 0) runningMachine(context, dom)
    if (bandwidth > ANY_SPEED)
      throw fail('badArgument', 'qemu', `bandwidth must be less than ${String(ANY_SPEED + 1n)}`)
    context.migrationSpeeds.set(uuid, bandwidth)
    return {}
  },
  DOMAIN_MIGRATE_GET_MAX_DOWNTIME: async (context, { dom }) => {
    const name = runningMachine(context, dom)
    const said = (await context.app.machines.ask(name, 'query-migrate-parameters')) as {
      readonly 'downtime-limit'?: number
    }
    return { downtime: BigInt(said['downtime-limit'] ?? 0) }
  },
  DOMAIN_MIGRATE_SET_MAX_DOWNTIME: (context, { dom }) => {
    runningMachine(context, dom)
    throw fail('unsupported', 'qemu', 'no machine of weft goes to another host')
  },
} as const satisfies Partial<Handlers<Extract<CallName, `DOMAIN_MIGRATE_${string}`>>>
