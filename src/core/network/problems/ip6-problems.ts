/** What can be wrong with an IPv6 address of a network, its DHCPv6 ranges and reservations. */
import { formatIpv6Network, ipv6Contains, type Ipv6Address, type Ipv6Cidr } from '../../address/ipv6.ts'
import type { Problem } from '../../errors.ts'
import { duplicates, hostNameProblems, LARGEST_RANGE, leaseProblems } from './dhcp-problems.ts'
import { rangeSize6 } from '../dnsmasq/range-size.ts'
import type { AddressRange, Ipv6Spec, Reservation6 } from '../spec.ts'

export function ipv6Problems({ cidr, dhcp }: Ipv6Spec, path: string): Problem[] {
  const address = addressProblems(cidr, dhcp !== undefined, `${path}.cidr`)
  if (address.length > 0) return address
  const hosts = dhcp?.hosts ?? []
  return [
    ...(dhcp?.ranges ?? []).flatMap((range, index) =>
      rangeProblems(cidr, range, `${path}.dhcp.ranges[${String(index)}]`),
    ),
    ...hosts.flatMap((host, index) => hostProblems(cidr, host, `${path}.dhcp.hosts[${String(index)}]`)),
    ...duplicates(hosts, 'id', path),
    ...duplicates(hosts, 'ip', path),
    ...duplicates(hosts, 'name', path),
  ]
}

function addressProblems(cidr: Ipv6Cidr, hasDhcp: boolean, path: string): Problem[] {
  const hint = 'take a /64 of your own range, or of fd00::/8'
  if (/^(::1?$|fe[89ab]|ff)/.test(cidr.address))
    return [{ path, message: `${cidr.address} is not an address a host can have on a network`, hint }]
  if (cidr.prefix < 8 || cidr.prefix > 126) {
    const message = `a subnet with a prefix of ${String(cidr.prefix)} is no network for guests`
    return [{ path, message, hint: 'a prefix of 64 is what guests expect' }]
  }
  if (!hasDhcp && cidr.prefix !== 64) {
    const message = `guests make up their own addresses in a /64 only, not in a /${String(cidr.prefix)}`
    return [{ path, message, hint: 'take a prefix of 64, or give out addresses with DHCPv6' }]
  }
  return cidr.address === formatIpv6Network(cidr).replace(/\/\d+$/, '')
    ? [
        {
          path,
          message: `${cidr.address} means any router of ${formatIpv6Network(cidr)}`,
          hint: 'end it with ::1',
        },
      ]
    : []
}

function rangeProblems(cidr: Ipv6Cidr, range: AddressRange<Ipv6Address>, path: string): Problem[] {
  const { start, end, lease } = range
  const spelt = `the range ${start} to ${end}`
  const subnet = formatIpv6Network(cidr)
  if (rangeSize6(range) < 1)
    return [{ path, message: `${spelt} is reversed`, hint: 'write the lower address first' }]
  if (!ipv6Contains(cidr, start) || !ipv6Contains(cidr, end))
    return [{ path, message: `${spelt} is not inside ${subnet}`, hint: `keep it within ${subnet}` }]
  return rangeSize6(range) > LARGEST_RANGE
    ? [{ path, message: `${spelt} has more than ${String(LARGEST_RANGE)} addresses`, hint: 'take fewer' }]
    : leaseProblems(lease, path)
}

function hostProblems(cidr: Ipv6Cidr, { id, ip, name, lease }: Reservation6, path: string): Problem[] {
  const problems: Problem[] = []
  if (id === undefined && name === undefined) {
    const message = 'the reservation does not say for whom it is'
    problems.push({ path, message, hint: "give it the guest's DUID as id, or its name" })
  }
  if (id !== undefined && !/^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2})+$/.test(id)) {
    const hint = 'pairs of hexadecimal digits joined by colons'
    problems.push({ path: `${path}.id`, message: `'${id}' is not a DUID`, hint })
  }
  problems.push(...hostNameProblems(name, path))
  if (ip === undefined) {
    problems.push({
      path,
      message: `the reservation for ${name ?? id ?? 'nobody'} reserves nothing`,
      hint: 'give it an address',
    })
  } else problems.push(...reservedProblems6(cidr, ip, `${path}.ip`))
  return [...problems, ...leaseProblems(lease, path)]
}

/** Whether a guest can have it. */
export function reservedProblems6(cidr: Ipv6Cidr, ip: Ipv6Address, path: string): Problem[] {
  const hint = `take another one within ${formatIpv6Network(cidr)}`
  if (ip === cidr.address) return [{ path, message: `${ip} is this host's own address on the network`, hint }]
  if (ipv6Contains(cidr, ip)) return []
  return [{ path, message: `${ip} is not inside ${formatIpv6Network(cidr)}`, hint }]
}
