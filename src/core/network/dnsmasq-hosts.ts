/** The two files dnsmasq reads again on SIGHUP: who always gets which address, and names of those who never ask for one. */
import type { Ipv4Address } from '../address/ipv4.ts'
import type { MacAddress } from '../address/mac.ts'
import { leaseWord } from './dnsmasq-conf.ts'
import { ipv4Of, ipv6Of } from './ips.ts'
import type { PortSpec } from './port.ts'
import type { LeaseTime, NetworkSpec, Reservation, Reservation6 } from './spec.ts'

interface Host {
  readonly mac?: MacAddress | undefined
  readonly ip?: Ipv4Address | undefined
  readonly name?: string | undefined
  readonly lease?: LeaseTime | undefined
}

/**
 * Lines of the DHCP hosts file: who always gets which address and name. A reservation's word goes before a port's; one by name is for
 * the port of that name, whose MAC is known, else for whoever sends the name.
 */
export function hostsLines(network: NetworkSpec, ports: readonly PortSpec[]): string[] {
  const reserved = ipv4Of(network)?.dhcp?.hosts ?? []
  const byName = reserved.filter(({ mac, name }) => mac === undefined && name !== undefined)
  const byMac = new Map<MacAddress, Host>(ports.map((port) => [port.mac, hostOf(port, byName)]))
  for (const host of reserved) {
    if (host.mac === undefined) continue
    const port = byMac.get(host.mac)
    byMac.set(host.mac, { ...host, ip: host.ip ?? port?.ip, name: host.name ?? port?.name })
  }
  const known = new Set([...byMac.values()].map(({ name }) => name))
  const ipv4 = [...byMac.values(), ...byName.filter(({ name }) => !known.has(name))]
    .filter(({ ip, name }) => ip !== undefined || name !== undefined)
    .map(({ mac, ip, name, lease }) => joinWords(mac, ip, name) + leaseWord(lease))
  return [...ipv4, ...(ipv6Of(network)?.dhcp?.hosts ?? []).map(hostLine6)].sort()
}

function hostOf({ mac, ip, hostName }: PortSpec, byName: readonly Reservation[]): Host {
  const own = byName.find(({ name }) => name === hostName)
  return { mac, ip: ip ?? own?.ip, name: hostName, lease: own?.lease }
}

/** dnsmasq wants an IPv6 address in brackets. */
function hostLine6({ id, name, ip, lease }: Reservation6): string {
  const address = ip === undefined ? undefined : `[${ip}]`
  return joinWords(id === undefined ? undefined : `id:${id}`, name, address) + leaseWord(lease)
}

function joinWords(...words: (string | undefined)[]): string {
  return words.filter((word) => word !== undefined).join(',')
}

/** Lines of the names file: the network's own records, and ports with a fixed address, which never ask for a lease. */
export function namesLines(network: NetworkSpec, ports: readonly PortSpec[]): string[] {
  const records = (network.dns?.hosts ?? []).map(({ ip, names }) => [ip, ...names].join(' '))
  const fixed = ports.flatMap(({ ip, hostName }) =>
    ip === undefined || hostName === undefined ? [] : [`${ip} ${hostName}`],
  )
  return [...records, ...fixed].sort()
}
