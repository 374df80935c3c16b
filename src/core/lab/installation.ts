/** What was found in the files of another manager of machines, read but not judged: what `adoptInstallation` is given. */
import type { Ipv4Address } from '../address/ipv4.ts'
import type { MacAddress } from '../address/mac.ts'
import type { FilterSpec } from '../network/filter/filter-spec.ts'
import type { NetworkDraft } from '../network/draft.ts'
import type { SecretSpec } from '../storage/secret.ts'
import type { VmDefinition } from '../vm/definition.ts'

export type FoundKind = 'network' | 'pool' | 'machine' | 'filter' | 'secret' | 'file'

export interface Installation {
  /** What it is called: 'libvirt'. */
  readonly from: string
  readonly networks: readonly FoundNetwork[]
  readonly pools: readonly FoundPool[]
  readonly machines: readonly FoundMachine[]
  /** Not those that every libvirt brings, as it brings them. */
  readonly filters: readonly FilterSpec[]
  readonly secrets: readonly FoundSecret[]
  /** What has no place here, with the reasons. */
  readonly strangers: readonly Stranger[]
}

export interface FoundNetwork {
  readonly draft: NetworkDraft
  readonly autostart: boolean
  readonly notes: readonly string[]
  /** It is up there, with its bridge. */
  readonly isRunning: boolean
}

export interface FoundPool {
  readonly name: string
  readonly path: string
  readonly notes: readonly string[]
}

export interface FoundMachine {
  readonly definition: VmDefinition
  /** What it says in weft's own words. */
  readonly rest: object
  /** For messages. */
  readonly what: string
  readonly autostart: boolean
  readonly notes: readonly string[]
  readonly isRunning: boolean
  /** The address each NIC had last. */
  readonly addresses: ReadonlyMap<MacAddress, Ipv4Address>
}

export interface FoundSecret {
  readonly spec: SecretSpec
  /** Absent: nobody has said what it says, or it cannot be read. */
  readonly value?: Uint8Array
}

export interface Stranger {
  readonly kind: FoundKind
  readonly name: string
  readonly why: readonly string[]
}
