/** How many addresses a DHCP range has. */
import { ipv4ToNumber } from '../../address/ipv4.ts'
import { ipv6ToNumber, type Ipv6Address } from '../../address/ipv6.ts'
import type { AddressRange } from '../spec.ts'

export function rangeSize({ start, end }: AddressRange): number {
  return ipv4ToNumber(end) - ipv4ToNumber(start) + 1
}

export function rangeSize6({ start, end }: AddressRange<Ipv6Address>): number {
  return Number(ipv6ToNumber(end) - ipv6ToNumber(start)) + 1
}
