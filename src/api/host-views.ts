/** What the API answers about the host itself. */

/** A bridge that weft has put over a NIC of the host. */
export interface HostBridgeView {
  readonly name: string
  readonly uplink: string
  readonly isConfirmed: boolean
  /** Until it is taken back; null when nothing waits. */
  readonly secondsLeft: number | null
}

export interface HostLinkView {
  readonly name: string
  readonly kind: string
  readonly owner: string
  /** A sentence: what it is and what it is for. */
  readonly text: string
  readonly isUp: boolean
  readonly hasCarrier: boolean
  readonly isWayOut: boolean
  readonly mac: string | null
  readonly mtu: number
  /** The bridge or bond it is a part of. */
  readonly master: string | null
  /** With their prefixes; without the link-local one. */
  readonly addresses: readonly string[]
}

export interface HostDeviceView {
  readonly bus: 'pci' | 'usb'
  /** `0000:01:00.0`; of USB the port, `1-2.3`. */
  readonly address: string
  /** `Ethernet controller`, `Mass Storage`, ... */
  readonly kind: string | null
  /** Maker and model, as far as somebody knows them. */
  readonly name: string | null
  /** Four hexadecimal digits each. */
  readonly vendor: string
  readonly product: string
  readonly drivers: readonly string[]
  readonly iommuGroup: number | null
  /** A sentence: what it is and what this host does with it. */
  readonly text: string
  /** Interfaces and disks that this host has through it. */
  readonly links: readonly string[]
  readonly disks: readonly string[]
  /** Whether a machine can have it; if not, why, and what to do. */
  readonly isFree: boolean
  readonly because: string | null
  readonly hint: string | null
  /** Addresses of those that only the same machine can have. */
  readonly goesWith: readonly string[]
}
