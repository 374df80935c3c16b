/** Addresses, DNS records and routes of a definition as the strings of their XML elements. */
import { netmaskFromPrefix } from '../../core/address/ipv4.ts'
import type {
  AddressRange,
  DnsSpec,
  IpSpec,
  LeaseTime,
  Reservation,
  Reservation6,
  RouteSpec,
} from '../../core/network/spec.ts'
import { given } from './given.ts'
import type { DnsData, IpData, LeaseData, RouteData } from './network-element.ts'

export function yesNo(value: boolean | undefined): 'yes' | 'no' | undefined {
  if (value === undefined) return undefined
  return value ? 'yes' : 'no'
}

export function ipData(ip: IpSpec): IpData {
  const tftpRoot = ip.family === 'ipv4' ? ip.tftpRoot : undefined
  const dhcp = dhcpData(ip)
  return {
    address: ip.cidr.address,
    ...lengthData(ip.prefixSpelling, ip.cidr.prefix),
    ...given({
      family: familyWord(ip),
      localPtr: yesNo(ip.hasLocalPtr),
      tftp: tftpRoot === undefined ? undefined : { root: tftpRoot },
      dhcp,
    }),
  }
}

function familyWord({ family, isFamilyWritten }: IpSpec | RouteSpec): string | undefined {
  return family === 'ipv6' || isFamilyWritten === true ? family : undefined
}

function lengthData(
  spelling: IpSpec['prefixSpelling'],
  prefix: number,
): { netmask?: string; prefix?: string } {
  if (spelling === 'class') return {}
  return spelling === 'prefix' ? { prefix: String(prefix) } : { netmask: netmaskFromPrefix(prefix) }
}

function dhcpData({ family, dhcp }: IpSpec): IpData['dhcp'] {
  if (dhcp === undefined || dhcp.ranges.length + dhcp.hosts.length === 0) return undefined
  const bootp = family === 'ipv4' && 'bootp' in dhcp ? dhcp.bootp : undefined
  return {
    range: dhcp.ranges.map(rangeData),
    host: dhcp.hosts.map((host: Reservation | Reservation6) => {
      const { lease, ...words } = host
      return { ...words, ...given({ lease: leaseData(lease) }) }
    }),
    ...given({ bootp: bootp === undefined ? undefined : { ...bootp } }),
  }
}

function rangeData({
  start,
  end,
  lease,
}: AddressRange<string>): NonNullable<NonNullable<IpData['dhcp']>['range']>[number] {
  return { start, end, ...given({ lease: leaseData(lease) }) }
}

/** For ever has no unit. */
function leaseData(lease: LeaseTime | undefined): LeaseData | undefined {
  if (lease === undefined) return undefined
  return lease.expiry === 0 ? { expiry: '0' } : { expiry: String(lease.expiry), unit: lease.unit }
}

export function dnsData({ isEnabled, forwardsPlainNames, forwarders, txts, srvs, hosts }: DnsSpec): DnsData {
  const number = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : String(value)
  return {
    ...given({ enable: yesNo(isEnabled), forwardPlainNames: yesNo(forwardsPlainNames) }),
    forwarder: forwarders.map(({ domain, address, port }) =>
      given({ domain, addr: address, port: number(port) }),
    ),
    txt: txts,
    srv: srvs.map(({ port, priority, weight, ...words }) => ({
      ...words,
      ...given({ port: number(port), priority: number(priority), weight: number(weight) }),
    })),
    host: hosts.map(({ ip, names }) => ({ ip, hostname: names })),
  }
}

export function routeData(route: RouteSpec): RouteData {
  const { destination, prefixSpelling, gateway, metric } = route
  return {
    address: destination.address,
    ...lengthData(prefixSpelling, destination.prefix),
    gateway,
    ...given({ family: familyWord(route), metric: metric === undefined ? undefined : String(metric) }),
  }
}
