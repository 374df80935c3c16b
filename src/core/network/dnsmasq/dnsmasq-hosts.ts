/** The files dnsmasq reads again on SIGHUP: who always gets which address, names of those who never ask for one, and the MTU. */
import type { Ipv4Address } from '../../address/ipv4.ts'
import type { Ipv6Address } from '../../address/ipv6.ts'
import type { MacAddress } from '../../address/mac.ts'
import { leaseWord } from './dnsmasq-conf.ts'
import { ipv4Of, ipv6Of } from '../ips.ts'
import { fittingAddresses, type KeptAddress } from '../addresses/kept-addresses.ts'
import { USUAL_MTU } from '../mtu.ts'
import type { PortSpec } from '../port.ts'
import type { LeaseTime, NetworkSpec, Reservation, Reservation6 } from '../spec.ts'

/** Somebody known in advance. */
export interface KnownHost {
  readonly mac?: MacAddress | undefined
  readonly ip?: Ipv4Address | undefined
  readonly ip6?: Ipv6Address | undefined
  readonly name?: string | undefined
  readonly lease?: LeaseTime | undefined
}

/** Lines of the DHCP hosts file: who always gets which address and name. */
export function hostsLines(
  network: NetworkSpec,
  ports: readonly PortSpec[],
  kept: readonly KeptAddress[],
): string[] {
  const known = knownHosts(network, ports, kept)
    .filter(({ ip, ip6, name }) => ip !== undefined || ip6 !== undefined || name !== undefined)
    .map(({ mac, ip, ip6, name, lease }) => joinWords(mac, ip, bracketed(ip6), name) + leaseWord(lease))
  return [...known, ...(ipv6Of(network)?.dhcp?.hosts ?? []).map(hostLine6)].sort()
}

/**
 * Machines with the addresses they keep, plugged in or not; ports; and what the network reserves by MAC or name. A reservation's word goes
 * before a port's, and that before what is kept; one by name is for the port of that name, whose MAC is known, else for whoever
 * sends the name.
 */
export function knownHosts(
  network: NetworkSpec,
  ports: readonly PortSpec[],
  kept: readonly KeptAddress[],
): KnownHost[] {
  const reserved = ipv4Of(network)?.dhcp?.hosts ?? []
  const byName = reserved.filter(({ mac, name }) => mac === undefined && name !== undefined)
  const byMac = new Map<MacAddress, KnownHost>(
    fittingAddresses(network, kept).map(({ mac, ip, ip6 }) => [mac, { mac, ip, ip6 }]),
  )
  for (const port of ports) byMac.set(port.mac, hostOf(port, byName, byMac.get(port.mac)))
  for (const host of reserved) {
    if (host.mac === undefined) continue
    const port = byMac.get(host.mac)
    byMac.set(host.mac, { ...port, ...host, ip: host.ip ?? port?.ip, name: host.name ?? port?.name })
  }
  const known = new Set([...byMac.values()].map(({ name }) => name))
  return [...byMac.values(), ...byName.filter(({ name }) => !known.has(name))]
}

function hostOf(
  { mac, ip, hostName }: PortSpec,
  byName: readonly Reservation[],
  kept: KnownHost | undefined,
): KnownHost {
  const own = byName.find(({ name }) => name === hostName)
  return { mac, ip: ip ?? own?.ip ?? kept?.ip, ip6: kept?.ip6, name: hostName, lease: own?.lease }
}

/** As dnsmasq wants an IPv6 address. */
function bracketed(ip: Ipv6Address | undefined): string | undefined {
  return ip === undefined ? undefined : `[${ip}]`
}

function hostLine6({ id, name, ip, lease }: Reservation6): string {
  return joinWords(id === undefined ? undefined : `id:${id}`, name, bracketed(ip)) + leaseWord(lease)
}

function joinWords(...words: (string | undefined)[]): string {
  return words.filter((word) => word !== undefined).join(',')
}

/** Lines of the options file: what guests are told that may change while they run. */
export function optionLines({ mtu }: NetworkSpec, now: number): string[] {
  return mtu === undefined && now === USUAL_MTU ? [] : [`option:mtu,${String(now)}`]
}

/** Lines of the names file: the network's own records, and ports with a fixed address, which never ask for a lease. */
export function namesLines(network: NetworkSpec, ports: readonly PortSpec[]): string[] {
  const records = (network.dns?.hosts ?? []).map(({ ip, names }) => [ip, ...names].join(' '))
  const fixed = ports.flatMap(({ ip, hostName }) =>
    ip === undefined || hostName === undefined ? [] : [`${ip} ${hostName}`],
  )
  return [...records, ...fixed].sort()
}
