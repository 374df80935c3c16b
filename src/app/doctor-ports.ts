/** Looking at this host as only the doctor does. */
import type { Examined, Probed } from '../core/doctor/sight.ts'
import type { Namespace } from '../core/network/port.ts'

export interface Examination {
  /** What the kernel is asked about its routes, by the name the answer has. */
  readonly ways: ReadonlyMap<string, WayQuestion>
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
  /** Of those the kernel is waited for until it knows whether they are there: some ten seconds where they are not. */
  readonly doubted?: readonly string[]
}

export interface WayQuestion {
  /** Absent: somewhere far away. */
  readonly to?: string
  /** Absent: it comes from this host. */
  readonly from?: { readonly address: string; readonly bridge: string }
}

/** What is tried; nothing of it goes beyond the links of this host. */
export interface ProbeOrder {
  /** Addresses of guests and of the router. */
  readonly pings: readonly string[]
  /** Networks with this host's address on them, where their dnsmasq is asked for a name. */
  readonly names: readonly (readonly [network: string, address: string])[]
  /** The same where an address is asked for, which is never taken. */
  readonly offers: readonly (readonly [network: string, address: string])[]
}

export interface DoctorEyes {
  /** It changes nothing, and sends nothing but to `addresses`. */
  examine(examination: Examination): Promise<Examined>
  probe(order: ProbeOrder): Promise<Probed>
}
