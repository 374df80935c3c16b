/** Who wants to hear of what. */
import type { CallName } from '../wire/procedures.ts'
import { fail } from './failures.ts'
import type { Family } from './events.ts'
import type { Context, Handlers } from './handler.ts'

const LIFECYCLE = 0

export const EVENT_REGISTRATION_HANDLERS = {
  CONNECT_DOMAIN_EVENT_REGISTER: ({ subscriptions }) => {
    subscriptions.add({ family: 'domain', eventId: LIFECYCLE, uuid: null, isOld: true })
    return { cb_registered: 1 }
  },
  CONNECT_DOMAIN_EVENT_DEREGISTER: (context) => {
    forgetOld(context, LIFECYCLE)
    return { cb_registered: 0 }
  },
  CONNECT_DOMAIN_EVENT_REGISTER_ANY: ({ subscriptions }, { eventID }) => {
    subscriptions.add({ family: 'domain', eventId: eventID, uuid: null, isOld: true })
    return {}
  },
  CONNECT_DOMAIN_EVENT_DEREGISTER_ANY: (context, { eventID }) => forgetOld(context, eventID),
  CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: (context, { eventID, dom }) =>
    register(context, 'domain', eventID, dom?.uuid),
  CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: (context, { callbackID }) =>
    forget(context, 'domain', callbackID),
  CONNECT_NETWORK_EVENT_REGISTER_ANY: (context, { eventID, net }) =>
    register(context, 'network', eventID, net?.uuid),
  CONNECT_NETWORK_EVENT_DEREGISTER_ANY: (context, { callbackID }) => forget(context, 'network', callbackID),
  CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY: (context, { eventID, pool }) =>
    register(context, 'pool', eventID, pool?.uuid),
  CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY: (context, { callbackID }) => forget(context, 'pool', callbackID),
  CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY: (context, { eventID, dev }) =>
    register(context, 'device', eventID, dev?.name),
  CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY: (context, { callbackID }) =>
    forget(context, 'device', callbackID),
  CONNECT_SECRET_EVENT_REGISTER_ANY: (context, { eventID, secret }) =>
    register(context, 'secret', eventID, secret?.uuid),
  CONNECT_SECRET_EVENT_DEREGISTER_ANY: (context, { callbackID }) => forget(context, 'secret', callbackID),
} as const satisfies Partial<Handlers<Extract<CallName, `CONNECT_${string}EVENT_${string}`>>>

function register(
  { subscriptions }: Context,
  family: Family,
  eventId: number,
  only: string | undefined,
): { callbackID: number } {
  return { callbackID: subscriptions.add({ family, eventId, uuid: only ?? null }) }
}

function forget(
  { subscriptions }: Context,
  family: Family,
  callbackId: number,
): Readonly<Record<string, never>> {
  if (!subscriptions.remove(family, callbackId))
    throw fail('invalidArgument', 'rpc', `could not find event callback ${String(callbackId)} for deletion`)
  return {}
}

function forgetOld({ subscriptions }: Context, eventId: number): Readonly<Record<string, never>> {
  if (!subscriptions.removeOld(eventId))
    throw fail('internal', 'rpc', `domain event ${String(eventId)} not registered`)
  return {}
}
