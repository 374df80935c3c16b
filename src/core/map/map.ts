/** The network of this host as a picture: what is there, and what hangs on what, from the outside towards the guests. */

export interface NetMap {
  readonly nodes: readonly MapNode[]
  readonly edges: readonly MapEdge[]
}

/** `outside` is everything beyond this host; a `switch` is a bridge; a `plug` is the host's end of a guest's cable. */
export const NODE_KINDS = ['outside', 'link', 'switch', 'plug', 'guest'] as const

export interface MapNode {
  /** `link:eth0`, `machine:web`, `namespace:box`, ...: it stays the same from picture to picture. */
  readonly id: string
  readonly kind: (typeof NODE_KINDS)[number]
  /** As people call it. */
  readonly title: string
  /** What it is: `nic`, `bridge`, `machine`, ... */
  readonly type: string
  readonly isUp: boolean
  /** A few words each: addresses, its network, its owner. */
  readonly facts: readonly string[]
  /** What is not as it should be, in sentences. */
  readonly trouble: readonly string[]
}

/** From the outside towards the guests. */
export interface MapEdge {
  readonly from: string
  readonly to: string
  /** How packets get on where it is more than a cable: `NAT`, `routed`, `by 192.0.2.1`. */
  readonly by: string | null
}
