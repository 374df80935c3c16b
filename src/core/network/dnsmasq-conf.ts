/** What dnsmasq is told about a network: its configuration, and the two files it reads again on SIGHUP. */
import { ipv4ToNumber, netmaskFromPrefix, type Ipv4Address } from '../address/ipv4.ts'
import type { MacAddress } from '../address/mac.ts'
import type { HostFacts } from '../host/facts.ts'
import { dnsmasqFiles, leaseFile, upstreamsFile } from '../host/paths.ts'
import type { PortSpec } from './port.ts'
import type { AddressRange, DhcpSpec, IpSpec, NetworkSpec } from './spec.ts'

/**
 * Not here, on purpose: `bind-dynamic` (every address change anywhere on the host would wake every dnsmasq), a dhcp-script (a helper
 * process as root), resolv.conf (watching it takes one of 128 inotify instances).
 */
export function formatDnsmasqConf(network: NetworkSpec, ip: IpSpec, facts: HostFacts): string {
  const { paths, dnsmasqUser } = facts
  const files = dnsmasqFiles(paths, network.name)
  const lines = [
    `# DHCP and DNS of network ${network.name}, written by weft: changes are lost`,
    `user=${dnsmasqUser}`,
    `pid-file=${files.pid}`,
    'bind-interfaces',
    `interface=${network.bridge.name}`,
    'except-interface=lo',
    'no-hosts',
    `addn-hosts=${files.names}`,
    'no-resolv',
    // Names without a dot are guests' or nobody's: never asked outside, and a guest without IPv6 is still a guest.
    'domain-needed',
    'local=//',
    ...(network.mode === 'nat' ? [`servers-file=${upstreamsFile(paths)}`] : []),
    ...domainLines(network),
    ...(ip.dhcp === undefined ? [] : dhcpLines(network, ip, ip.dhcp, facts)),
  ]
  return `${lines.join('\n')}\n`
}

/** With a domain, names are found with and without it. */
function domainLines({ domain }: NetworkSpec): string[] {
  if (domain === undefined) return []
  const local = domain.isLocalOnly ? [`local=/${domain.name}/`] : []
  return [...local, `domain=${domain.name}`, 'expand-hosts']
}

/** `no-ping`: nobody else hands out addresses here, so a first lease need not wait 3 s for an echo. */
function dhcpLines(network: NetworkSpec, ip: IpSpec, dhcp: DhcpSpec, facts: HostFacts): string[] {
  const netmask = netmaskFromPrefix(ip.cidr.prefix)
  const ranges =
    dhcp.ranges.length === 0
      ? [`dhcp-range=${ip.cidr.address},static,${netmask}`]
      : dhcp.ranges.map(({ start, end }) => `dhcp-range=${start},${end},${netmask}`)
  const size = dhcp.ranges.reduce((sum, range) => sum + rangeSize(range), dhcp.hosts.length)
  return [
    ...ranges,
    'no-ping',
    'dhcp-no-override',
    'dhcp-authoritative',
    // An empty router option: guests of an isolated network get no way out.
    ...(network.mode === 'isolated' ? ['dhcp-option=3'] : []),
    `dhcp-lease-max=${String(size)}`,
    `dhcp-hostsfile=${dnsmasqFiles(facts.paths, network.name).hosts}`,
    `dhcp-leasefile=${leaseFile(facts.paths, network.name)}`,
  ]
}

function rangeSize({ start, end }: AddressRange): number {
  return ipv4ToNumber(end) - ipv4ToNumber(start) + 1
}

interface Host {
  readonly mac: MacAddress
  readonly ip?: Ipv4Address | undefined
  readonly name?: string | undefined
}

/** Lines of the DHCP hosts file: who always gets which address and name. A reservation's word goes before a port's. */
export function hostsLines(network: NetworkSpec, ports: readonly PortSpec[]): string[] {
  const hosts = new Map<MacAddress, Host>(ports.map((port) => [port.mac, hostOf(port)]))
  for (const reserved of network.ip?.dhcp?.hosts ?? []) {
    const port = hosts.get(reserved.mac)
    hosts.set(reserved.mac, {
      mac: reserved.mac,
      ip: reserved.ip ?? port?.ip,
      name: reserved.name ?? port?.name,
    })
  }
  return [...hosts.values()]
    .filter(({ ip, name }) => ip !== undefined || name !== undefined)
    .map(({ mac, ip, name }) => [mac, ip, name].filter((word) => word !== undefined).join(','))
    .sort()
}

/** Lines of the names file: ports with a fixed address never ask for a lease, so dnsmasq cannot know their names otherwise. */
export function namesLines(ports: readonly PortSpec[]): string[] {
  return ports
    .flatMap(({ ip, hostName }) => (ip === undefined || hostName === undefined ? [] : [`${ip} ${hostName}`]))
    .sort()
}

function hostOf({ mac, ip, hostName }: PortSpec): Host {
  return { mac, ip, name: hostName }
}
