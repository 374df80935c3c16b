/** What can be wrong with a network's addresses and what hangs on them. IPv6's own rules are in ip6-problems.ts. */
import {
  formatIpv4Network,
  ipv4Bounds,
  ipv4Contains,
  ipv4Overlaps,
  ipv4ToNumber,
  type Ipv4Address,
  type Ipv4Cidr,
} from '../../address/ipv4.ts'
import { formatIpv6Network, ipv6Overlaps } from '../../address/ipv6.ts'
import { isMulticastMac } from '../../address/mac.ts'
import type { Problem } from '../../errors.ts'
import { duplicates, hostNameProblems, leaseProblems, LARGEST_RANGE } from './dhcp-problems.ts'
import { ipv6Problems } from './ip6-problems.ts'
import { ipv4sOf, ipv6sOf } from '../ips.ts'
import { rangeSize } from '../dnsmasq/range-size.ts'
import type { AddressRange, IpSpec, Ipv4Spec, NetworkSpec, Reservation } from '../spec.ts'

export function ipProblems(spec: Pick<NetworkSpec, 'ips'>): Problem[] {
  return [
    ...spec.ips.flatMap((ip, index) => {
      const path = `ips[${String(index)}]`
      return [
        ...(ip.family === 'ipv4' ? ipv4Problems(ip, path) : ipv6Problems(ip, path)),
        ...localPtrProblems(ip, path),
      ]
    }),
    ...secondDhcpProblems(spec),
    ...selfOverlaps(spec),
  ]
}

function ipv4Problems({ cidr, dhcp, tftpRoot }: Ipv4Spec, path: string): Problem[] {
  const address = addressProblems(cidr, `${path}.cidr`)
  // With a wrong subnet everything in it is wrong as well: say the one thing.
  if (address.length > 0) return address
  const hosts = dhcp?.hosts ?? []
  return [
    ...(dhcp?.ranges ?? []).flatMap((range, index) =>
      rangeProblems(cidr, range, `${path}.dhcp.ranges[${String(index)}]`),
    ),
    ...hosts.flatMap((host, index) => hostProblems(cidr, host, `${path}.dhcp.hosts[${String(index)}]`)),
    ...duplicates(hosts, 'mac', path),
    ...duplicates(hosts, 'ip', path),
    ...duplicates(hosts, 'name', path),
    ...wordProblems(dhcp?.bootp?.file, `${path}.dhcp.bootp.file`),
    ...(tftpRoot === undefined ? [] : tftpProblems(tftpRoot, `${path}.tftpRoot`)),
  ]
}

/** These words become parts of dnsmasq's lines. */
function wordProblems(word: string | undefined, path: string): Problem[] {
  if (word === undefined || /^[^\s,"]+$/.test(word)) return []
  return [
    { path, message: `'${word}' is not a file name dnsmasq can give out`, hint: 'no blank, comma or quote' },
  ]
}

function tftpProblems(root: string, path: string): Problem[] {
  const problems = wordProblems(root, path)
  if (root.startsWith('/')) return problems
  return [
    ...problems,
    { path, message: `'${root}' is not the absolute path of a directory`, hint: '/srv/tftp' },
  ]
}

function addressProblems(cidr: Ipv4Cidr, path: string): Problem[] {
  const first = Number(cidr.address.split('.')[0])
  if (first === 0 || first === 127 || first >= 224) {
    const hint = 'take one of the private ranges, such as 192.168.150.1/24'
    return [{ path, message: `${cidr.address} is not an address a host can have on a network`, hint }]
  }
  if (cidr.prefix < 1 || cidr.prefix > 30) {
    const message = `a subnet with a prefix of ${String(cidr.prefix)} has no room for a host and its guests`
    return [{ path, message, hint: 'a prefix of 24 has room for 253 guests' }]
  }
  const edge = describeEdge(cidr, cidr.address)
  const hint = "take the subnet's first address for the host"
  return edge === undefined ? [] : [{ path, message: `${cidr.address} is ${edge}`, hint }]
}

function rangeProblems(cidr: Ipv4Cidr, range: AddressRange, path: string): Problem[] {
  const { start, end, lease } = range
  const subnet = formatIpv4Network(cidr)
  const spelt = `the range ${start} to ${end}`
  if (rangeSize(range) < 1)
    return [{ path, message: `${spelt} is reversed`, hint: 'write the lower address first' }]
  if (!ipv4Contains(cidr, start) || !ipv4Contains(cidr, end)) {
    return [
      { path, message: `${spelt} is not inside ${subnet}`, hint: `keep it within ${describeUsable(cidr)}` },
    ]
  }
  if (rangeSize(range) > LARGEST_RANGE) {
    return [
      { path, message: `${spelt} has more than ${String(LARGEST_RANGE)} addresses`, hint: 'take fewer' },
    ]
  }
  const edges = [start, end].flatMap((address) => {
    const edge = describeEdge(cidr, address)
    const message = `${spelt} takes in ${address}, ${edge ?? ''}`
    return edge === undefined ? [] : [{ path, message, hint: `keep it within ${describeUsable(cidr)}` }]
  })
  return [...edges, ...leaseProblems(lease, path)]
}

function hostProblems(cidr: Ipv4Cidr, host: Reservation, path: string): Problem[] {
  const problems: Problem[] = []
  if (host.mac !== undefined && isMulticastMac(host.mac)) {
    const message = `${host.mac} is a multicast MAC: no guest has it`
    problems.push({ path: `${path}.mac`, message, hint: "take the guest NIC's own MAC" })
  }
  if (host.mac === undefined && host.name === undefined) {
    const message = 'the reservation does not say for whom it is'
    problems.push({ path, message, hint: 'give it the MAC of a guest, or its name' })
  }
  problems.push(...hostNameProblems(host.name, path))
  if (host.ip === undefined && (host.name === undefined || host.mac === undefined)) {
    const message = `the reservation for ${host.mac ?? host.name ?? 'nobody'} reserves nothing`
    problems.push({ path, message, hint: 'give it an address, a name, or both' })
  }
  if (host.ip !== undefined) problems.push(...reservedProblems(cidr, host.ip, `${path}.ip`))
  return [...problems, ...leaseProblems(host.lease, path)]
}

/** Whether a guest can have it. */
export function reservedProblems(cidr: Ipv4Cidr, ip: Ipv4Address, path: string): Problem[] {
  const hint = `take one within ${describeUsable(cidr)}`
  if (ip === cidr.address) return [{ path, message: `${ip} is this host's own address on the network`, hint }]
  if (!ipv4Contains(cidr, ip)) {
    return [{ path, message: `${ip} is not inside ${formatIpv4Network(cidr)}`, hint }]
  }
  const edge = describeEdge(cidr, ip)
  return edge === undefined ? [] : [{ path, message: `${ip} is ${edge}`, hint }]
}

/** The first and the last address of a subnet belong to nobody. */
function describeEdge(cidr: Ipv4Cidr, address: Ipv4Address): string | undefined {
  const { first, last } = ipv4Bounds(cidr)
  const value = ipv4ToNumber(address)
  const subnet = formatIpv4Network(cidr)
  if (value === first) return `the network address of ${subnet}`
  return value === last ? `the broadcast address of ${subnet}` : undefined
}

function describeUsable(cidr: Ipv4Cidr): string {
  return `${formatIpv4Network(cidr)}, its first and last address excepted`
}

/** Reverse names go by whole bytes, or by hexadecimal digits. */
function localPtrProblems({ family, cidr, hasLocalPtr }: IpSpec, path: string): Problem[] {
  const unit = family === 'ipv4' ? 8 : 4
  if (hasLocalPtr !== true || cidr.prefix % unit === 0) return []
  const message = `reverse names of a subnet with the prefix ${String(cidr.prefix)} cannot be kept here`
  return [
    {
      path: `${path}.localPtr`,
      message,
      hint: `take a prefix that ${String(unit)} divides, or leave it out`,
    },
  ]
}

/** dnsmasq could, but then nobody knows which address a guest gets. */
function secondDhcpProblems({ ips }: Pick<NetworkSpec, 'ips'>): Problem[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) =>
    ips
      .map((ip, index) => ({ ip, index }))
      .filter(({ ip }) => ip.family === family && ip.dhcp !== undefined)
      .slice(1)
      .map(({ index }) => ({
        path: `ips[${String(index)}].dhcp`,
        message: `a second ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address of the network has DHCP`,
        hint: 'guests get their addresses from one subnet a family: keep one of the two',
      })),
  )
}

function selfOverlaps(spec: Pick<NetworkSpec, 'ips'>): Problem[] {
  const hint = 'keep one of the two'
  const message = (subnet: string): string => `${subnet} overlaps another subnet of this network`
  const placed = (ip: IpSpec): string => `ips[${String(spec.ips.indexOf(ip))}].cidr`
  const [ipv4, ipv6] = [ipv4sOf(spec), ipv6sOf(spec)]
  return [
    ...ipv4
      .filter((ip, index) => ipv4.slice(0, index).some((other) => ipv4Overlaps(ip.cidr, other.cidr)))
      .map((ip) => ({ path: placed(ip), message: message(formatIpv4Network(ip.cidr)), hint })),
    ...ipv6
      .filter((ip, index) => ipv6.slice(0, index).some((other) => ipv6Overlaps(ip.cidr, other.cidr)))
      .map((ip) => ({ path: placed(ip), message: message(formatIpv6Network(ip.cidr)), hint })),
  ]
}
