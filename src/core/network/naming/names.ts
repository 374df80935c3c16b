/** Under which names guests are known: a network's domain, the reverse zones of its subnets, and who is never asked for outside. */
import { ipv4Bounds, ipv4FromNumber, ipv4Overlaps, parseIpv4Cidr } from '../../address/ipv4.ts'
import { ipv6Bounds } from '../../address/ipv6.ts'
import { isSwitched } from '../ips.ts'
import type { IpSpec, NetworkSpec } from '../spec.ts'

/**
 * Ends of names that no server outside may know: RFC 6761, 6762 and 8375, ICANN's `internal`, and what home routers and companies have
 * made up. systemd-resolved expects no signatures of them either.
 */
const PRIVATE_ENDS = new Set(
  'internal test example invalid localhost local lan home corp intranet private localdomain'.split(' '),
)
const PRIVATE_SUBNETS = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16']

/** What the definition says, else `NETWORK.internal`; undefined where the network's name cannot be part of one. */
export function domainOf({ name, domain }: NetworkSpec): string | undefined {
  if (domain !== undefined) return domain.name
  const label = name.toLowerCase()
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label) ? `${label}.internal` : undefined
}

/** Whether names in its domain are never asked for outside: as the definition says, else where nobody outside can know any. */
export function isLocalDomain(network: NetworkSpec): boolean {
  const labels = (domainOf(network) ?? '').toLowerCase().split('.')
  const isPrivate =
    labels.length === 1 || PRIVATE_ENDS.has(labels.at(-1) ?? '') || labels.slice(-2).join('.') === 'home.arpa'
  const isAskedFor = network.dns?.forwarders.some(({ domain }) => domain === domainOf(network)) === true
  return network.domain?.isLocalOnly ?? (isPrivate && !isAskedFor)
}

/** Whether this host finds the network's guests by name too. */
export function isRegistered(network: NetworkSpec): boolean {
  const isServing = isSwitched(network) && network.ips.length > 0 && network.dns?.isEnabled !== false
  return isServing && domainOf(network) !== undefined && (network.domain?.register ?? isLocalDomain(network))
}

/** As the definition says, else where the subnet is one that everybody has. */
export function hasLocalPtr(ip: IpSpec): boolean {
  return ip.hasLocalPtr ?? isPrivateSubnet(ip)
}

function isPrivateSubnet(ip: IpSpec): boolean {
  if (ip.family === 'ipv6') return /^f([cd]|e[89ab])/.test(ip.cidr.address)
  return PRIVATE_SUBNETS.some((text) => {
    const cidr = parseIpv4Cidr(text)
    return cidr !== undefined && cidr.prefix <= ip.cidr.prefix && ipv4Overlaps(cidr, ip.cidr)
  })
}

/** `150.168.192.in-addr.arpa`: reverse names go by whole bytes, or by hexadecimal digits, so that a subnet may need several. */
export function reverseZones(ip: IpSpec): string[] {
  const { prefix } = ip.cidr
  const unit = ip.family === 'ipv4' ? 8 : 4
  const count = Math.ceil(prefix / unit)
  const zones = 2 ** (count * unit - prefix)
  return Array.from({ length: zones }, (_, index) => zoneAt(ip, count, index))
}

function zoneAt(ip: IpSpec, count: number, index: number): string {
  if (ip.family === 'ipv4') {
    const address = ipv4FromNumber(ipv4Bounds(ip.cidr).first + index * 2 ** (32 - count * 8))
    return `${address.split('.').slice(0, count).toReversed().join('.')}.in-addr.arpa`
  }
  const first = ipv6Bounds(ip.cidr).first + (BigInt(index) << BigInt(128 - count * 4))
  const digits = Array.from(first.toString(16).padStart(32, '0')).slice(0, count)
  return `${digits.toReversed().join('.')}.ip6.arpa`
}
