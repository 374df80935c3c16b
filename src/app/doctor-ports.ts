/** Looking at this host as only the doctor does. */
import type { Examined } from '../core/doctor/sight.ts'
import type { Namespace } from '../core/network/port.ts'

export interface Examination {
  /** From whom packets to somewhere far away would come, by the name they are asked for with. */
  readonly ways: ReadonlyMap<string, { readonly from: string; readonly bridge: string } | undefined>
  /** Links whose settings matter. */
  readonly links: readonly string[]
  /** Networks whose dnsmasq is looked for. */
  readonly networks: readonly string[]
  readonly namespaces: readonly {
    /** The host's end. */
    readonly interface: string
    readonly namespace: Namespace
    readonly insideName: string
  }[]
  /** Guests' addresses: each is sent one empty packet, so that the kernel asks who has it. */
  readonly addresses: readonly string[]
}

export interface DoctorEyes {
  /** It changes nothing, and sends nothing but to `addresses`. */
  examine(examination: Examination): Promise<Examined>
}
