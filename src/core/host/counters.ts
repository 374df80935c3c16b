/** What links have carried: counted by the kernel at the host's end, told from the guest's. */

/** Since the link was made. `rx` is what came into this host: for a plug in a bridge, what the guest sent. */
export interface LinkCounters {
  readonly rx: Count
  readonly tx: Count
  /** Packets that were broken, in each direction. */
  readonly errors: { readonly rx: number; readonly tx: number }
  /** The kind of the root queue: noqueue, fq_codel, tbf, ... */
  readonly queue: string
}

export interface Count {
  readonly bytes: number
  readonly packets: number
  /** Thrown away: nobody fetched them in time, or the link was down. */
  readonly drops: number
}

/** As the guest sees it. */
export interface GuestTraffic {
  readonly received: Count
  readonly sent: Count
}

/** A macvtap is the guest's own NIC, and counts as the guest does; every other plug is the other end of its cable. */
export function guestTraffic({ rx, tx }: LinkCounters, isOwnEnd: boolean): GuestTraffic {
  return isOwnEnd ? { received: rx, sent: tx } : { received: tx, sent: rx }
}
