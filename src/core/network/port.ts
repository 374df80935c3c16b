/** A plug in a network's bridge: a machine's TAP or a namespace's veth. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { Ipv4Address } from '../address/ipv4.ts'
import type { MacAddress } from '../address/mac.ts'

export interface PortSpec {
  readonly network: string
  /** The host's end: `vnet0`. */
  readonly interface: InterfaceName
  /** The guest's MAC. */
  readonly mac: MacAddress
  /** The name the guest has in the network's DNS, when it has one. */
  readonly hostName?: string
  /** Fixed address, kept as a reservation while the port is there. */
  readonly ip?: Ipv4Address
}
