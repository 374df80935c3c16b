/** What the API answers about the host itself. */

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
