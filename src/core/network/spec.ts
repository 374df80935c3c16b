/** A network as somebody wants it. libvirt's `<network>` and weft's YAML are two spellings of this. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { Ipv4Address, Ipv4Cidr } from '../address/ipv4.ts'
import type { MacAddress } from '../address/mac.ts'

export type ForwardMode = 'nat' | 'isolated'

export interface NetworkSpec {
  readonly name: string
  readonly uuid: string
  readonly mode: ForwardMode
  /** Only forward through this interface. */
  readonly forwardDevice?: InterfaceName
  readonly bridge: BridgeSpec
  /** The bridge's MAC: fixed for the network's life. */
  readonly mac: MacAddress
  readonly domain?: { readonly name: string; readonly isLocalOnly: boolean }
  /** The host's address on the bridge and what hangs on it; a network without one is a plain switch. */
  readonly ip?: IpSpec
  /** XML that weft does not use but gives back unchanged (title, description, metadata), in document order. */
  readonly kept: readonly KeptElement[]
}

export interface BridgeSpec {
  readonly name: InterfaceName
  readonly stp: boolean
  /** The kernel raises it to 2 s while STP is on. */
  readonly delaySeconds: number
}

export interface IpSpec {
  readonly cidr: Ipv4Cidr
  /** How the definition spelt the prefix, so that it is given back as it came. */
  readonly prefixSpelling: 'netmask' | 'prefix' | 'class'
  readonly dhcp?: DhcpSpec
}

export interface DhcpSpec {
  readonly ranges: readonly AddressRange[]
  readonly hosts: readonly Reservation[]
}

/** Both ends included. */
export interface AddressRange {
  readonly start: Ipv4Address
  readonly end: Ipv4Address
}

/** A guest known in advance by its MAC: always this address, or at least this name. */
export interface Reservation {
  readonly mac: MacAddress
  readonly ip?: Ipv4Address
  readonly name?: string
}

export interface KeptElement {
  readonly name: string
  /** The element as it stood, tags included. */
  readonly xml: string
}

/** A definition with what weft remembers about it. */
export interface StoredNetwork {
  readonly spec: NetworkSpec
  readonly autostart: boolean
}
