/** Calls by which a client says which events it wants to hear of. */
import { call } from '../procedure.ts'
import { domain, network, nodeDevice, secret, storagePool, typedParam } from '../types.ts'
import { int, list, optional, uint } from '../xdr.ts'

export const EVENT_REGISTRATION = {
  // How clients asked before registrations had numbers.
  CONNECT_DOMAIN_EVENT_REGISTER: call(
    105,
    'read',
    'virConnectDomainEventRegister',
    {},
    { cb_registered: int },
  ),
  CONNECT_DOMAIN_EVENT_DEREGISTER: call(
    106,
    'read',
    'virConnectDomainEventDeregister',
    {},
    { cb_registered: int },
  ),
  CONNECT_DOMAIN_EVENT_REGISTER_ANY: call(
    167,
    'read',
    'virConnectDomainEventRegisterAny',
    { eventID: int },
    {},
  ),
  CONNECT_DOMAIN_EVENT_DEREGISTER_ANY: call(
    168,
    'read',
    'virConnectDomainEventDeregisterAny',
    { eventID: int },
    {},
  ),
  CONNECT_NETWORK_EVENT_REGISTER_ANY: call(
    313,
    'read',
    'virConnectNetworkEventRegisterAny',
    { eventID: int, net: optional(network) },
    { callbackID: int },
  ),
  CONNECT_NETWORK_EVENT_DEREGISTER_ANY: call(
    314,
    'read',
    'virConnectNetworkEventDeregisterAny',
    { callbackID: int },
    {},
  ),
  CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: call(
    316,
    'read',
    'virConnectDomainEventRegisterAny',
    { eventID: int, dom: optional(domain) },
    { callbackID: int },
  ),
  CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: call(
    317,
    'read',
    'virConnectDomainEventDeregisterAny',
    { callbackID: int },
    {},
  ),
  CONNECT_REGISTER_CLOSE_CALLBACK: call(360, 'read', 'virConnectRegisterCloseCallback', {}, {}),
  CONNECT_UNREGISTER_CLOSE_CALLBACK: call(361, 'read', 'virConnectUnregisterCloseCallback', {}, {}),
  DOMAIN_GET_PERF_EVENTS: call(
    365,
    'read',
    'virDomainGetPerfEvents',
    { dom: domain, flags: uint },
    { params: list(typedParam, 64) },
  ),
  CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY: call(
    368,
    'read',
    'virConnectStoragePoolEventRegisterAny',
    { eventID: int, pool: optional(storagePool) },
    { callbackID: int },
  ),
  CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY: call(
    369,
    'read',
    'virConnectStoragePoolEventDeregisterAny',
    { callbackID: int },
    {},
  ),
  CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY: call(
    374,
    'read',
    'virConnectNodeDeviceEventRegisterAny',
    { eventID: int, dev: optional(nodeDevice) },
    { callbackID: int },
  ),
  CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY: call(
    375,
    'read',
    'virConnectNodeDeviceEventDeregisterAny',
    { callbackID: int },
    {},
  ),
  CONNECT_SECRET_EVENT_REGISTER_ANY: call(
    380,
    'read',
    'virConnectSecretEventRegisterAny',
    { eventID: int, secret: optional(secret) },
    { callbackID: int },
  ),
  CONNECT_SECRET_EVENT_DEREGISTER_ANY: call(
    381,
    'read',
    'virConnectSecretEventDeregisterAny',
    { callbackID: int },
    {},
  ),
} as const
