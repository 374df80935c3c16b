/** A network link as the kernel shows it: what planners compare with what is wanted. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { Ipv4Cidr } from '../address/ipv4.ts'
import type { Ipv6Cidr } from '../address/ipv6.ts'

export interface SeenLink {
  readonly index: number
  readonly name: InterfaceName
  /** bridge, tun, veth, ...; undefined for plain hardware. */
  readonly kind: string | undefined
  readonly mac: string | undefined
  readonly mtu: number
  readonly isUp: boolean
  readonly hasCarrier: boolean
  /** The bridge this link is plugged into. */
  readonly master: InterfaceName | undefined
  /** Whose it is: weft writes `weft:network:NAME`, `weft:vm:NAME:nic0`, `weft:port:NETWORK:NAME`. */
  readonly alias: string | undefined
  /** Only of macvtaps and macvlans: the NIC it sits on, and how. */
  readonly sitsOn?: { readonly device: InterfaceName; readonly mode: string }
  readonly ipv4: readonly Ipv4Cidr[]
  /** Without the link-local address. */
  readonly ipv6: readonly Ipv6Cidr[]
  /** Only on bridges. Seconds; the bridge id as brctl prints it, `8000.525400b8c99d`. */
  readonly bridge:
    | {
        readonly stp: boolean
        readonly forwardDelaySeconds: number
        readonly id: string
        readonly isVlanAware?: boolean
      }
    | undefined
  /** Only on a bridge's ports: disabled, listening, learning, forwarding, blocking. */
  readonly portState: string | undefined
}
