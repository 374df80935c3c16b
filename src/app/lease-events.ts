/** Who has got an address, and who has given one back, between two states of a lease file. Renewals are no news. */
import type { Lease } from '../core/network/addresses/leases.ts'
import type { WeftEvent } from './event-ports.ts'

type LeaseEvent = Extract<WeftEvent, { readonly kind: 'lease' }>

export function leaseEvents(
  network: string,
  before: readonly Lease[],
  after: readonly Lease[],
): LeaseEvent[] {
  const event = ({ ip, mac, hostName }: Lease, what: LeaseEvent['what']): LeaseEvent => ({
    kind: 'lease',
    network,
    what,
    ip,
    mac,
    name: hostName ?? null,
  })
  const without = (these: readonly Lease[], those: readonly Lease[]): Lease[] => {
    const keys = new Set(those.map(key))
    return these.filter((lease) => !keys.has(key(lease)))
  }
  return [
    ...without(before, after).map((lease) => event(lease, 'ended')),
    ...without(after, before).map((lease) => event(lease, 'given')),
  ]
}

const key = ({ ip, mac }: Lease): string => `${ip} ${mac}`
