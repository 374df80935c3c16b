/** An address and an interface name for a guest that cannot ask for one itself. */
import { ipv4FromNumber, ipv4ToNumber, type Ipv4Address } from '../../address/ipv4.ts'
import { ipv6FromNumber, ipv6ToNumber, type Ipv6Address } from '../../address/ipv6.ts'
import type { InterfaceName } from '../../address/interface-name.ts'
import { ipv4Of, ipv4sOf, ipv6Of, ipv6sOf } from '../ips.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

/**
 * The highest address of the DHCP ranges that nobody holds: dnsmasq hands out by a hash of the MAC, people reserve from the bottom.
 * Undefined when there is no range or no room.
 */
export function pickAddress(network: NetworkSpec, held: Iterable<Ipv4Address>): Ipv4Address | undefined {
  const taken = new Set<string>(held)
  for (const ip of ipv4sOf(network)) taken.add(ip.cidr.address)
  const dhcp = ipv4Of(network)?.dhcp
  for (const reservation of dhcp?.hosts ?? []) if (reservation.ip !== undefined) taken.add(reservation.ip)
  for (const range of dhcp?.ranges ?? []) {
    for (let value = ipv4ToNumber(range.end); value >= ipv4ToNumber(range.start); value--) {
      const address = ipv4FromNumber(value)
      if (!taken.has(address)) return address
    }
  }
  return undefined
}

/** The same for DHCPv6. */
export function pickAddress6(network: NetworkSpec, held: Iterable<Ipv6Address>): Ipv6Address | undefined {
  const taken = new Set<string>(held)
  for (const ip of ipv6sOf(network)) taken.add(ip.cidr.address)
  const dhcp = ipv6Of(network)?.dhcp
  for (const reservation of dhcp?.hosts ?? []) if (reservation.ip !== undefined) taken.add(reservation.ip)
  for (const range of dhcp?.ranges ?? []) {
    for (let value = ipv6ToNumber(range.end); value >= ipv6ToNumber(range.start); value--) {
      const address = ipv6FromNumber(value)
      if (!taken.has(address)) return address
    }
  }
  return undefined
}

/** `vnet0`, `vnet1`, ...: as many as asked for that no link has. */
export function freeInterfaceNames(
  stem: string,
  count: number,
  seen: Pick<SeenHost, 'links'>,
): InterfaceName[] {
  const taken = new Set<string>(seen.links.map((link) => link.name))
  const free: InterfaceName[] = []
  for (let number = 0; free.length < count; number++) {
    const name = `${stem}${String(number)}` as InterfaceName
    if (!taken.has(name)) free.push(name)
  }
  return free
}
