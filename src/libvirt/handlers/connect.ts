/** The connection itself: who is there, what can be done here. */
import { fail } from './failures.ts'
import type { Handlers } from './handler.ts'

/** As libvirt counts: major * 1,000,000 + minor * 1,000 + micro. What is known of it is known of this version. */
const LIBRARY_VERSION = 9_000_000n
const READ_ONLY = 1

/** virDrvFeature: what clients ask for, and adapt to. Those that are not listed are not there. */
const FEATURES = new Set([
  // Descriptors (those of screens); keepalive; text parameters; events and the close callback by their registration; sections of a
  // network update in their order.
  8,
  10, 9, 14, 15, 16,
])

const URIS = new Set(['qemu:///system', 'qemu:///session', ''])

export const CONNECT_HANDLERS = {
  AUTH_LIST: () => ({ types: [] }),
  AUTH_POLKIT: () => ({ complete: 1 }),
  CONNECT_SUPPORTS_FEATURE: ({ connection }, { feature }) => {
    // Who asks knows how to answer.
    if (feature === 10) connection.keepAlive()
    return { supported: FEATURES.has(feature) ? 1 : 0 }
  },
  CONNECT_OPEN: ({ connection }, { name, flags }) => {
    if (name !== null && !URIS.has(name))
      throw fail('internal', 'rpc', `unable to open '${name}': weft answers for qemu:///system`)
    if ((flags & READ_ONLY) !== 0) connection.restrict()
    return {}
  },
  CONNECT_CLOSE: () => ({}),
  CONNECT_REGISTER_CLOSE_CALLBACK: () => ({}),
  CONNECT_UNREGISTER_CLOSE_CALLBACK: () => ({}),
  CONNECT_GET_URI: () => ({ uri: 'qemu:///system' }),
  CONNECT_GET_TYPE: () => ({ type: 'QEMU' }),
  CONNECT_GET_LIB_VERSION: () => ({ lib_ver: LIBRARY_VERSION }),
  CONNECT_GET_VERSION: async ({ node }) => ({ hv_ver: BigInt(await node.emulatorVersion()) }),
  CONNECT_GET_HOSTNAME: ({ node }) => ({ hostname: node.hostName }),
  CONNECT_IS_SECURE: () => ({ secure: 1 }),
} as const satisfies Partial<Handlers<ConnectName>>

type ConnectName =
  | 'AUTH_LIST'
  | 'AUTH_POLKIT'
  | 'CONNECT_SUPPORTS_FEATURE'
  | 'CONNECT_OPEN'
  | 'CONNECT_CLOSE'
  | 'CONNECT_REGISTER_CLOSE_CALLBACK'
  | 'CONNECT_UNREGISTER_CLOSE_CALLBACK'
  | 'CONNECT_GET_URI'
  | 'CONNECT_GET_TYPE'
  | 'CONNECT_GET_LIB_VERSION'
  | 'CONNECT_GET_VERSION'
  | 'CONNECT_GET_HOSTNAME'
  | 'CONNECT_IS_SECURE'
