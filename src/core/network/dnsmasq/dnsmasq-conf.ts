/** What dnsmasq is told about a network: its configuration. */
import { netmaskFromPrefix } from '../../address/ipv4.ts'
import type { HostFacts } from '../../host/facts.ts'
import { dnsmasqFiles, leaseFile } from '../../host/paths.ts'
import { dnsLines } from './dnsmasq-dns.ts'
import { ipv4Of, ipv6Of, ipv6sOf, isForwarded } from '../ips.ts'
import type { Dhcp6Spec, Ipv4Spec, Ipv6Spec, LeaseTime, SwitchedNetwork } from '../spec.ts'

/**
 * `dumpfile` is for debugging and stays empty: it is open as long as dnsmasq lives, and being removed at once it goes when dnsmasq does,
 * whatever ended it; the kernel tells.
 *
 * Not here, on purpose: `bind-dynamic` (every address change anywhere on the host would wake every dnsmasq), a dhcp-script (a helper
 * process as root), resolv.conf (watching it takes one of 128 inotify instances).
 */
export function formatDnsmasqConf(network: SwitchedNetwork, facts: HostFacts): string {
  const { paths, dnsmasqUser } = facts
  const files = dnsmasqFiles(paths, network.name)
  const ipv4 = ipv4Of(network)
  const addresses = network.ips.map(({ cidr }) => cidr.address).join(', ')
  const lines = [
    // The addresses it listens on are those it finds when it starts: with others here it is started again.
    `# DHCP and DNS of network ${network.name} at ${addresses}, written by weft: changes are lost`,
    `user=${dnsmasqUser}`,
    `pid-file=${files.pid}`,
    `dumpfile=${files.alive}`,
    'bind-interfaces',
    `interface=${network.bridge.name}`,
    'except-interface=lo',
    ...dnsLines(network, facts),
    ...(ipv4 === undefined ? [] : dhcpLines(network, ipv4, facts)),
    ...ipv6Lines(network),
    ...leaseLines(network, facts),
    ...(ipv4?.tftpRoot === undefined ? [] : tftpLines(ipv4.tftpRoot)),
    ...(network.dnsmasqOptions ?? []),
  ]
  return `${lines.join('\n')}\n`
}

/**
 * `no-ping`: nobody else hands out addresses here, so a first lease need not wait 3 s for an echo. `dhcp-ignore-clid`: a guest is its
 * MAC, so that two clones with one client id do not fight for one address.
 */
function dhcpLines(network: SwitchedNetwork, ip: Ipv4Spec, { paths }: HostFacts): string[] {
  const { dhcp } = ip
  if (dhcp === undefined) return []
  const netmask = netmaskFromPrefix(ip.cidr.prefix)
  const ranges =
    dhcp.ranges.length === 0
      ? [`dhcp-range=${ip.cidr.address},static,${netmask}`]
      : dhcp.ranges.map(({ start, end, lease }) => `dhcp-range=${start},${end},${netmask}${leaseWord(lease)}`)
  const { bootp } = dhcp
  const server = bootp?.server === undefined ? '' : `,,${bootp.server}`
  return [
    ...ranges,
    'no-ping',
    'dhcp-ignore-clid',
    'dhcp-no-override',
    'dhcp-authoritative',
    // An empty router option: guests of an isolated network get no way out.
    ...(isForwarded(network) ? [] : ['dhcp-option=3']),
    `dhcp-optsfile=${dnsmasqFiles(paths, network.name).options}`,
    ...(bootp === undefined ? [] : [`dhcp-boot=${bootp.file}${server}`]),
  ]
}

/** With DHCPv6 guests ask for their addresses; without it they make them themselves of the prefix that is announced. */
function ipv6Lines(network: SwitchedNetwork): string[] {
  const all = ipv6sOf(network)
  if (all.length === 0) return []
  return [
    ...all.flatMap((ip) => (ip.dhcp === undefined ? announceLines(ip, network) : dhcp6Lines(ip, ip.dhcp))),
    'enable-ra',
    // A router for 0 seconds is none: guests of an isolated network get no way out.
    ...(isForwarded(network) ? [] : ['ra-param=*,0,0']),
  ]
}

/**
 * With DHCP as well a guest's name is its IPv6 address' too (`ra-names`): the one it makes of its MAC, once it answers there. Where one
 * address has DHCPv6 nobody makes up addresses of another, as with libvirt.
 */
function announceLines({ cidr }: Ipv6Spec, network: SwitchedNetwork): string[] {
  return ipv6Of(network)?.dhcp === undefined
    ? [
        `dhcp-range=${cidr.address},${ipv4Of(network)?.dhcp === undefined ? 'ra-only' : 'ra-names'},${String(cidr.prefix)}`,
      ]
    : []
}

function dhcp6Lines({ cidr }: Ipv6Spec, { ranges }: Dhcp6Spec): string[] {
  const prefix = String(cidr.prefix)
  return ranges.length === 0
    ? [`dhcp-range=${cidr.address},static,${prefix}`]
    : ranges.map(({ start, end, lease }) => `dhcp-range=${start},${end},${prefix}${leaseWord(lease)}`)
}

/**
 * As many leases as there are addresses: a limit that counted ranges and reservations would be another with each of them, and dnsmasq
 * started again for it.
 */
function leaseLines(network: SwitchedNetwork, { paths }: HostFacts): string[] {
  const served = network.ips.filter(({ dhcp }) => dhcp !== undefined)
  if (served.length === 0) return []
  const size = served.reduce((sum, { family, cidr }) => sum + 2 ** hostBits(family, cidr.prefix), 0)
  return [
    `dhcp-lease-max=${String(size)}`,
    `dhcp-hostsfile=${dnsmasqFiles(paths, network.name).hosts}`,
    `dhcp-leasefile=${leaseFile(paths, network.name)}`,
  ]
}

/** No more than anybody has guests for. */
function hostBits(family: 'ipv4' | 'ipv6', prefix: number): number {
  return Math.min(16, (family === 'ipv4' ? 32 : 128) - prefix)
}

/** A directory that is not there yet keeps nobody from getting an address. */
function tftpLines(root: string): string[] {
  return ['enable-tftp', `tftp-root=${root}`, 'tftp-no-fail']
}

/** `,2h`, `,30m`, `,120`, `,infinite`; nothing for dnsmasq's own hour. */
export function leaseWord(lease: LeaseTime | undefined): string {
  if (lease === undefined) return ''
  if (lease.expiry === 0) return ',infinite'
  return `,${String(lease.expiry)}${{ seconds: '', minutes: 'm', hours: 'h' }[lease.unit]}`
}
