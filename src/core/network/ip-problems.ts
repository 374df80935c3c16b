/** What can be wrong with a network's address, its DHCP ranges and its reservations. */
import {
  formatIpv4Network,
  ipv4Bounds,
  ipv4Contains,
  ipv4ToNumber,
  type Ipv4Address,
  type Ipv4Cidr,
} from '../address/ipv4.ts'
import { isMulticastMac } from '../address/mac.ts'
import type { Problem } from '../errors.ts'
import type { AddressRange, IpSpec, Reservation } from './spec.ts'

/** libvirt's limit too. */
const LARGEST_RANGE = 65_535

export function ipProblems({ cidr, dhcp }: IpSpec): Problem[] {
  const address = addressProblems(cidr)
  // With a wrong subnet everything in it is wrong as well: say the one thing.
  if (address.length > 0) return address
  const hosts = dhcp?.hosts ?? []
  return [
    ...(dhcp?.ranges ?? []).flatMap((range, index) => rangeProblems(cidr, range, index)),
    ...hosts.flatMap((host, index) => hostProblems(cidr, host, index)),
    ...duplicates(hosts, 'mac'),
    ...duplicates(hosts, 'ip'),
    ...duplicates(hosts, 'name'),
  ]
}

function addressProblems(cidr: Ipv4Cidr): Problem[] {
  const path = 'ip.cidr'
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

function rangeProblems(cidr: Ipv4Cidr, { start, end }: AddressRange, index: number): Problem[] {
  const path = `ip.dhcp.ranges[${String(index)}]`
  const subnet = formatIpv4Network(cidr)
  const spelt = `the range ${start} to ${end}`
  const size = ipv4ToNumber(end) - ipv4ToNumber(start) + 1
  if (size < 1) return [{ path, message: `${spelt} is reversed`, hint: 'write the lower address first' }]
  if (!ipv4Contains(cidr, start) || !ipv4Contains(cidr, end)) {
    return [
      { path, message: `${spelt} is not inside ${subnet}`, hint: `keep it within ${describeUsable(cidr)}` },
    ]
  }
  if (size > LARGEST_RANGE) {
    return [
      { path, message: `${spelt} has more than ${String(LARGEST_RANGE)} addresses`, hint: 'take fewer' },
    ]
  }
  return [start, end].flatMap((address) => {
    const edge = describeEdge(cidr, address)
    const message = `${spelt} takes in ${address}, ${edge ?? ''}`
    return edge === undefined ? [] : [{ path, message, hint: `keep it within ${describeUsable(cidr)}` }]
  })
}

function hostProblems(cidr: Ipv4Cidr, host: Reservation, index: number): Problem[] {
  const path = `ip.dhcp.hosts[${String(index)}]`
  const problems: Problem[] = []
  if (isMulticastMac(host.mac)) {
    const message = `${host.mac} is a multicast MAC: no guest has it`
    problems.push({ path: `${path}.mac`, message, hint: "take the guest NIC's own MAC" })
  }
  if (
    host.name !== undefined &&
    !/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9-]{1,63})*$/.test(host.name)
  ) {
    const message = `'${host.name}' cannot be a host name`
    problems.push({ path: `${path}.name`, message, hint: 'letters, digits and dashes only' })
  }
  if (host.ip === undefined && host.name === undefined) {
    const message = `the reservation for ${host.mac} reserves nothing`
    problems.push({ path, message, hint: 'give it an address, a name, or both' })
  }
  if (host.ip !== undefined) problems.push(...reservedProblems(cidr, host.ip, `${path}.ip`))
  return problems
}

function reservedProblems(cidr: Ipv4Cidr, ip: Ipv4Address, path: string): Problem[] {
  const hint = `take one within ${describeUsable(cidr)}`
  if (ip === cidr.address) return [{ path, message: `${ip} is this host's own address on the network`, hint }]
  if (!ipv4Contains(cidr, ip)) {
    return [{ path, message: `${ip} is not inside ${formatIpv4Network(cidr)}`, hint }]
  }
  const edge = describeEdge(cidr, ip)
  return edge === undefined ? [] : [{ path, message: `${ip} is ${edge}`, hint }]
}

function duplicates(hosts: readonly Reservation[], key: 'mac' | 'ip' | 'name'): Problem[] {
  const seen = new Set<string>()
  return hosts.flatMap((host, index) => {
    const value = host[key]?.toLowerCase()
    if (value === undefined || !seen.has(value)) {
      if (value !== undefined) seen.add(value)
      return []
    }
    const what = { mac: 'MAC', ip: 'address', name: 'name' }[key]
    const path = `ip.dhcp.hosts[${String(index)}].${key}`
    return [{ path, message: `the ${what} ${value} is reserved twice`, hint: 'keep one of the two' }]
  })
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
