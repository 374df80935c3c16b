/** Routes about the host's own network: a bridge over its NIC, which is taken back unless somebody confirms it. */
import type { HostBridgeView } from './host-views.ts'
import { array, boolean, integer, nullable, object, optional, string, type Shape } from './shape.ts'

export interface AddHostBridgeRequest {
  readonly bridge: string
  /** The NIC it is put over. */
  readonly uplink: string
  /** Seconds until it is taken back; 60. */
  readonly confirmWithin?: number
  /** The address that the person's connection to the host comes from: where it is on the same cable, it has to answer afterwards. */
  readonly caller?: string
  /** `keep` (all as on the NIC, also without any), `dhcp`, or an address of a family with its prefix: at most one of each. */
  readonly address?: readonly string[]
  /** One of each family that has an address here. */
  readonly gateway?: readonly string[]
  /** Name servers instead of those that there are. */
  readonly dns?: readonly string[]
}

const confirmWithin = integer({
  description: 'seconds until everything is taken back unless it is confirmed; 60',
  minimum: 2,
  maximum: 3600,
})

const caller = string({
  description: "the address that the person's connection to the host comes from",
  minLength: 1,
  maxLength: 64,
})

const word = (description: string): Shape<string> => string({ description, minLength: 1, maxLength: 64 })

export const ADD_HOST_BRIDGE = object<AddHostBridgeRequest>(
  {
    bridge: string({ description: 'its name', minLength: 1, maxLength: 255 }),
    uplink: string({ description: 'the NIC it is put over', minLength: 1, maxLength: 255 }),
    confirmWithin: optional(confirmWithin),
    caller: optional(caller),
    address: optional(array(word("'keep', 'dhcp' or an address with its prefix; at most one of a family"))),
    gateway: optional(array(word('the gateway of such an address'))),
    dns: optional(array(word('a name server, instead of those that there are'))),
  },
  'AddHostBridge',
)

export const REMOVE_HOST_BRIDGE_QUERY = { confirmWithin, caller } as const

export const HOST_BRIDGE = object<HostBridgeView>(
  {
    name: string(),
    uplink: string({ description: 'the NIC under it' }),
    isConfirmed: boolean(),
    secondsLeft: nullable(integer({ description: 'until it is taken back' })),
  },
  'HostBridge',
)
