/** What becomes of pools, secrets and notes about machines, in libvirt's events. */
import type { WeftEvent } from '../../app/event-ports.ts'
import { SECRET_USES } from '../../core/storage/secret.ts'
import type { MessageOf } from '../wire/procedures.ts'
import type { DomainHandle } from '../wire/types.ts'
import type { KnownUuids } from './known-uuids.ts'
import type { MachineIds } from './machine-ids.ts'
import { METADATA_KINDS } from './metadata.ts'

/** Whose event it is, and which: virStoragePoolEventID, virSecretEventID, virDomainEventID. */
export const KEPT_EVENTS = {
  STORAGE_POOL_EVENT_LIFECYCLE: { family: 'pool', eventId: 0 },
  STORAGE_POOL_EVENT_REFRESH: { family: 'pool', eventId: 1 },
  SECRET_EVENT_LIFECYCLE: { family: 'secret', eventId: 0 },
  SECRET_EVENT_VALUE_CHANGED: { family: 'secret', eventId: 1 },
  DOMAIN_EVENT_CALLBACK_METADATA_CHANGE: { family: 'domain', eventId: 23 },
} as const

type Name = keyof typeof KEPT_EVENTS

/** Without the number of the registration that it answers. */
export type KeptNews = {
  [N in Name]: {
    readonly name: N
    /** The UUID of what it is about. */
    readonly about: string
    readonly message: Omit<MessageOf<N>, 'callbackID'>
  }
}[Name]

/** undefined: it is an event of another kind. */
export function keptNewsOf(
  event: WeftEvent,
  { ids, uuids }: { readonly ids: MachineIds; readonly uuids: KnownUuids },
): KeptNews | undefined {
  if (event.kind === 'pool') return newsOfPool(event, uuids)
  if (event.kind === 'secret') return newsOfSecret(event)
  if (event.kind !== 'metadata') return undefined
  const { vm, what, namespace } = event
  const dom: DomainHandle = { name: vm, uuid: uuids.machine(vm), id: ids.of(vm) }
  const message = { dom, type: METADATA_KINDS.indexOf(what), nsuri: namespace }
  return { name: 'DOMAIN_EVENT_CALLBACK_METADATA_CHANGE', about: dom.uuid, message }
}

/** virStoragePoolEventLifecycleType, in its order. */
const POOL_LIFE = ['defined', 'undefined', 'started', 'stopped', 'built', 'deleted'] as const

function newsOfPool({ name, what }: WeftEvent & { kind: 'pool' }, uuids: KnownUuids): KeptNews {
  const pool = { name, uuid: uuids.pool(name) }
  if (what === 'refreshed') return { name: 'STORAGE_POOL_EVENT_REFRESH', about: pool.uuid, message: { pool } }
  const message = { pool, event: POOL_LIFE.indexOf(what), detail: 0 }
  return { name: 'STORAGE_POOL_EVENT_LIFECYCLE', about: pool.uuid, message }
}

function newsOfSecret({ uuid, what, use, id }: WeftEvent & { kind: 'secret' }): KeptNews {
  const secret = { uuid, usageType: SECRET_USES.indexOf(use), usageID: id }
  if (what === 'set') return { name: 'SECRET_EVENT_VALUE_CHANGED', about: uuid, message: { secret } }
  const message = { secret, event: what === 'defined' ? 0 : 1, detail: 0 }
  return { name: 'SECRET_EVENT_LIFECYCLE', about: uuid, message }
}
