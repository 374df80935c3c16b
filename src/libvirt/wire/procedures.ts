/** The program REMOTE: every call of it that weft knows, by libvirt's own names and numbers. */
import { CONNECT } from './procedures/connect.ts'
import { DOMAIN_CHANGES } from './procedures/domain-changes.ts'
import { DOMAIN_DEVICES } from './procedures/domain-devices.ts'
import { DOMAIN_TUNING } from './procedures/domain-tuning.ts'
import { DOMAINS } from './procedures/domains.ts'
import { EVENT_REGISTRATION } from './procedures/event-registration.ts'
import type { REMOTE_EVENTS } from './procedures/events.ts'
import { FILTERS_AND_SECRETS } from './procedures/filters-secrets.ts'
import { GUEST } from './procedures/guest.ts'
import { HOST } from './procedures/host.ts'
import { INVENTORY } from './procedures/inventory.ts'
import { LISTS } from './procedures/lists.ts'
import { MIGRATION } from './procedures/migration.ts'
import { NETWORKS } from './procedures/networks.ts'
import type { QEMU_PROCEDURES } from './procedures/qemu.ts'
import { SNAPSHOTS } from './procedures/snapshots.ts'
import { STORAGE } from './procedures/storage.ts'
import type { ValueOf } from './xdr.ts'

export const REMOTE_CALLS = {
  ...CONNECT,
  ...EVENT_REGISTRATION,
  ...LISTS,
  ...HOST,
  ...INVENTORY,
  ...NETWORKS,
  ...STORAGE,
  ...FILTERS_AND_SECRETS,
  ...SNAPSHOTS,
  ...DOMAINS,
  ...DOMAIN_DEVICES,
  ...DOMAIN_TUNING,
  ...DOMAIN_CHANGES,
  ...GUEST,
  ...MIGRATION,
} as const

export type RemoteCalls = typeof REMOTE_CALLS
export type CallName = keyof RemoteCalls
export type ArgsOf<N extends CallName> = ValueOf<RemoteCalls[N]['args']>
export type RetOf<N extends CallName> = ValueOf<RemoteCalls[N]['ret']>

export type RemoteEvents = typeof REMOTE_EVENTS & Pick<typeof QEMU_PROCEDURES, 'DOMAIN_MONITOR_EVENT'>
export type EventName = keyof RemoteEvents
export type MessageOf<N extends EventName> = ValueOf<RemoteEvents[N]['message']>
