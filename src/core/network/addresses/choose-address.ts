/** Which addresses a machine's NIC keeps: what was asked for, what it had, what it has on lease, else one that nobody holds. */
import type { Ipv4Address } from '../../address/ipv4.ts'
import type { Ipv6Address } from '../../address/ipv6.ts'
import type { MacAddress } from '../../address/mac.ts'
import { fittingAddresses, type KeptAddress } from './kept-addresses.ts'
import { ipv4Of, ipv6Of } from '../ips.ts'
import type { Lease, Lease6 } from './leases.ts'
import { pickAddress, pickAddress6 } from './pick-address.ts'
import type { PortSpec } from '../port.ts'
import type { NetworkSpec } from '../spec.ts'

/** Who wants an address: a NIC of a machine, by the name its guest has on the network. */
export interface Asker {
  readonly mac: MacAddress
  readonly machine: string
  readonly hostName?: string | undefined
  readonly ip?: Ipv4Address | undefined
  readonly ip6?: Ipv6Address | undefined
}

/** Everybody who holds an address of the network besides its reservations. */
export interface Holders {
  readonly kept: readonly KeptAddress[]
  readonly ports: readonly PortSpec[]
  readonly leases: readonly Lease[]
  readonly leases6: readonly Lease6[]
}

/** What is kept afterwards, in all; a NIC that has a reservation needs nothing kept, and one that finds no room gets nothing. */
export function chooseAddresses(
  network: NetworkSpec,
  askers: readonly Asker[],
  holders: Holders,
): KeptAddress[] {
  return askers.reduce<KeptAddress[]>(
    (kept, asker) => {
      const others = kept.filter(({ mac }) => mac !== asker.mac)
      const before = fittingAddresses(
        network,
        kept.filter(({ mac }) => mac === asker.mac),
      )[0]
      const around = { ...holders, kept: others }
      const ip = choose4(network, asker, before?.ip, around)
      const ip6 = choose6(network, asker, before?.ip6, around)
      if (ip === undefined && ip6 === undefined) return others
      const own = { ...(ip === undefined ? {} : { ip }), ...(ip6 === undefined ? {} : { ip6 }) }
      return [...others, { mac: asker.mac, ...own, machine: asker.machine }]
    },
    [...holders.kept],
  )
}

function choose4(
  network: NetworkSpec,
  asker: Asker,
  before: Ipv4Address | undefined,
  { kept, ports, leases }: Holders,
): Ipv4Address | undefined {
  const dhcp = ipv4Of(network)?.dhcp
  if (dhcp === undefined) return undefined
  const isReserved = dhcp.hosts.some(
    ({ mac, name, ip }) =>
      ip !== undefined && (mac === asker.mac || (mac === undefined && name === asker.hostName)),
  )
  if (isReserved) return undefined
  if (asker.ip !== undefined || before !== undefined) return asker.ip ?? before
  const leased = leases.find(({ mac }) => mac === asker.mac)?.ip
  const held = [...kept, ...ports, ...leases.filter(({ mac }) => mac !== asker.mac)].flatMap(
    ({ ip }) => ip ?? [],
  )
  const isFree =
    leased !== undefined &&
    !held.includes(leased) &&
    fittingAddresses(network, [{ mac: asker.mac, ip: leased, machine: asker.machine }]).length > 0
  return isFree ? leased : pickAddress(network, held)
}

function choose6(
  network: NetworkSpec,
  asker: Asker,
  before: Ipv6Address | undefined,
  { kept, leases6 }: Holders,
): Ipv6Address | undefined {
  const dhcp = ipv6Of(network)?.dhcp
  if (dhcp === undefined) return undefined
  if (
    asker.hostName !== undefined &&
    dhcp.hosts.some(({ name, id }) => id === undefined && name === asker.hostName)
  )
    return undefined
  if (asker.ip6 !== undefined || before !== undefined) return asker.ip6 ?? before
  return pickAddress6(network, [...kept.flatMap(({ ip6 }) => ip6 ?? []), ...leases6.map(({ ip }) => ip)])
}
