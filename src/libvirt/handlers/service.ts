/** The door for libvirt's clients: which handler answers a call, in the name of whom, and what becomes of what it throws. */
import type { App } from '../../app/ports.ts'
import type { Service, Session } from '../wire/connection.ts'
import type { CallName } from '../wire/procedures.ts'
import { findCallByName } from '../wire/find-procedure.ts'
import { BLOCK_JOB_HANDLERS } from './block-jobs.ts'
import { CHECKPOINT_HANDLERS } from './checkpoints.ts'
import { CONNECT_HANDLERS } from './connect.ts'
import { DUMP_HANDLERS } from './dumps.ts'
import { EVENT_REGISTRATION_HANDLERS } from './event-registration.ts'
import { subscribe } from './events.ts'
import { explain, fail, type From } from './failures.ts'
import type { Context, NodeFacts } from './handler.ts'
import { GUEST_HANDLERS } from './guest.ts'
import { HOST_HANDLERS } from './host.ts'
import { INTERFACE_HANDLERS } from './interfaces.ts'
import { GUEST_PROCESSOR_HANDLERS } from './guest-processors.ts'
import { KEY_HANDLERS } from './keys.ts'
import { METADATA_HANDLERS } from './metadata.ts'
import { PLACEMENT_HANDLERS } from './placement.ts'
import { PROCESSOR_HANDLERS } from './processors.ts'
import { SIZE_HANDLERS } from './sizes.ts'
import { ATTACH_HANDLERS } from './attach-device.ts'
import { DETACH_HANDLERS } from './detach-device.ts'
import { UPDATE_HANDLERS } from './update-device.ts'
import { LIMIT_HANDLERS } from './limits.ts'
import { NATIVE_HANDLERS } from './native.ts'
import { DOMAIN_CAPABILITY_HANDLERS } from './domain-capabilities.ts'
import { watchUuids } from './known-uuids.ts'
import { watchMachineIds } from './machine-ids.ts'
import { watchMachineReasons } from './machine-reasons.ts'
import { MACHINE_HANDLERS } from './machines.ts'
import { MACHINE_STATE_HANDLERS } from './machine-state.ts'
import { NETWORK_PORT_HANDLERS } from './network-ports.ts'
import { NODE_DEVICE_HANDLERS } from './node-devices.ts'
import { NWFILTER_HANDLERS } from './nwfilters.ts'
import { MIGRATION_HANDLERS } from './migration.ts'
import { MONITOR_HANDLERS } from './monitor.ts'
import { NETWORK_UPDATE_HANDLERS } from './network-update.ts'
import { NETWORK_HANDLERS } from './networks.ts'
import { NODE_STATS_HANDLERS } from './node-stats.ts'
import { POOL_LIFE_HANDLERS } from './pool-life.ts'
import { POOL_HANDLERS } from './pools.ts'
import { QUIET_HANDLERS } from './quiet.ts'
import { SLEEP_HANDLERS } from './sleep.ts'
import { SNAPSHOT_HANDLERS } from './snapshots.ts'
import { STATS_HANDLERS } from './stats.ts'
import { SAVE_HANDLERS } from './saves.ts'
import { SECRET_HANDLERS } from './secrets.ts'
import { VOLUME_HANDLERS } from './volumes.ts'
import { STREAM_HANDLERS, type Opened } from './streams.ts'

const HANDLERS = {
  ...CONNECT_HANDLERS,
  ...EVENT_REGISTRATION_HANDLERS,
  ...HOST_HANDLERS,
  ...INTERFACE_HANDLERS,
  ...NODE_DEVICE_HANDLERS,
  ...NWFILTER_HANDLERS,
  ...NETWORK_HANDLERS,
  ...NETWORK_UPDATE_HANDLERS,
  ...NETWORK_PORT_HANDLERS,
  ...POOL_HANDLERS,
  ...POOL_LIFE_HANDLERS,
  ...VOLUME_HANDLERS,
  ...BLOCK_JOB_HANDLERS,
  ...SECRET_HANDLERS,
  ...MACHINE_HANDLERS,
  ...MACHINE_STATE_HANDLERS,
  ...SAVE_HANDLERS,
  ...DUMP_HANDLERS,
  ...DOMAIN_CAPABILITY_HANDLERS,
  ...NATIVE_HANDLERS,
  ...LIMIT_HANDLERS,
  ...UPDATE_HANDLERS,
  ...DETACH_HANDLERS,
  ...ATTACH_HANDLERS,
  ...SIZE_HANDLERS,
  ...PROCESSOR_HANDLERS,
  ...PLACEMENT_HANDLERS,
  ...METADATA_HANDLERS,
  ...KEY_HANDLERS,
  ...STATS_HANDLERS,
  ...SNAPSHOT_HANDLERS,
  ...CHECKPOINT_HANDLERS,
  ...GUEST_HANDLERS,
  ...GUEST_PROCESSOR_HANDLERS,
  ...SLEEP_HANDLERS,
  ...MIGRATION_HANDLERS,
  ...QUIET_HANDLERS,
  ...NODE_STATS_HANDLERS,
  ...MONITOR_HANDLERS,
}

type AnyHandler = (context: Context, args: unknown) => unknown
const BY_NAME: ReadonlyMap<string, AnyHandler> = new Map(
  Object.entries(HANDLERS as Record<string, AnyHandler>),
)

/** What may be asked before the connection is open: who is there, and what the server can do. */
const UNOPENED = new Set(['CONNECT_OPEN', 'CONNECT_SUPPORTS_FEATURE', 'CONNECT_CLOSE'])

type AnyOpener = (context: Context, args: unknown) => Opened<CallName> | Promise<Opened<CallName>>
const OPENERS: ReadonlyMap<string, AnyOpener> = new Map(
  Object.entries(STREAM_HANDLERS as unknown as Record<string, AnyOpener>),
)

/** Names of the calls that have a handler. */
export const ANSWERED: ReadonlySet<string> = new Set([...BY_NAME.keys(), ...OPENERS.keys()])

export function createService(app: App, node: NodeFacts): Service {
  const ids = watchMachineIds(app)
  const uuids = watchUuids(app)
  const reasons = watchMachineReasons(app)
  const migrationSpeeds = new Map<string, bigint>()
  return {
    begin(connection) {
      const subscriptions = subscribe(app, connection, { ids, uuids })
      return beginSession({
        app,
        node,
        ids,
        reasons,
        migrationSpeeds,
        connection,
        subscriptions,
        change: { by: 'libvirt', dryRun: false },
      })
    },
  }
}

function beginSession(context: Context): Session {
  let isOpen = false
  return {
    async call(name, args) {
      const isEarly = name.startsWith('AUTH_') || UNOPENED.has(name)
      if (!isOpen && !isEarly) throw fail('internal', 'rpc', 'connection not open')
      if (isOpen && name === 'CONNECT_OPEN') throw fail('internal', 'rpc', 'connection already open')
      const opener = OPENERS.get(name)
      if (opener !== undefined) return opener(context, args)
      const handler = BY_NAME.get(name)
      if (handler === undefined) throw notSupported(name)
      const ret = await handler(context, args)
      if (name === 'CONNECT_OPEN') isOpen = true
      return { ret, afterwards: context.subscriptions.arm }
    },
    explain: (error, name) => explain(error, driverOf(name)),
    end: context.subscriptions.end,
  }
}

/** Told by the part of libvirt's library that the call belongs to. */
function notSupported(name: string): Error {
  const api = findCallByName(name)?.api ?? name
  const [, from = 'none'] = LIBRARY.find(([begin]) => api.startsWith(begin)) ?? []
  return fail('noSupport', from, api)
}
const LIBRARY: readonly (readonly [string, From])[] = [
  ['virDomain', 'domain'],
  ['virNetwork', 'network'],
  ['virStorage', 'storage'],
  ['virInterface', 'interface'],
  ['virNodeDevice', 'nodeDevice'],
  ['virNWFilter', 'nwfilter'],
  ['virSecret', 'secret'],
]

function driverOf(name: string): From {
  if (name.includes('NETWORK')) return 'network'
  if (name.includes('STORAGE')) return 'storage'
  if (name.includes('SECRET')) return 'secret'
  return name.includes('DOMAIN') ? 'qemu' : 'rpc'
}
