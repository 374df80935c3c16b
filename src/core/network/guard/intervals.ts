/** Lists of ports and addresses as nft prints them: in order, neighbours joined, a subnet where it is one. */
import { ipv4Bounds, ipv4FromNumber } from '../../address/ipv4.ts'
import { ipv6Bounds, ipv6FromNumber } from '../../address/ipv6.ts'
import type { IpCidr, PortRange } from './firewall-spec.ts'

/** Both ends included. */
interface Interval {
  readonly first: bigint
  readonly last: bigint
}

export function formatPorts(ports: readonly PortRange[]): string {
  const intervals = ports.map(({ start, end }) => ({ first: BigInt(start), last: BigInt(end) }))
  return oneOrSet(
    join(intervals).map(({ first, last }) =>
      first === last ? String(first) : `${String(first)}-${String(last)}`,
    ),
  )
}

/** Of one family. */
export function formatCidrs(cidrs: readonly IpCidr[]): string {
  const isIpv6 = cidrs[0]?.family === 'ipv6'
  const bits = isIpv6 ? 128n : 32n
  const address = (value: bigint): string => (isIpv6 ? ipv6FromNumber(value) : ipv4FromNumber(Number(value)))
  return oneOrSet(join(cidrs.map(boundsOf)).map((interval) => formatInterval(interval, bits, address)))
}

function formatInterval({ first, last }: Interval, bits: bigint, address: (value: bigint) => string): string {
  if (first === last) return address(first)
  const size = last - first + 1n
  const isSubnet = (size & (size - 1n)) === 0n && first % size === 0n
  const prefix = bits - BigInt(size.toString(2).length - 1)
  return isSubnet ? `${address(first)}/${String(prefix)}` : `${address(first)}-${address(last)}`
}

export function boundsOf(cidr: IpCidr): Interval {
  if (cidr.family === 'ipv6') return ipv6Bounds(cidr)
  const { first, last } = ipv4Bounds(cidr)
  return { first: BigInt(first), last: BigInt(last) }
}

function join(intervals: readonly Interval[]): Interval[] {
  const joined: Interval[] = []
  for (const next of intervals.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const last = joined.at(-1)
    if (last === undefined || next.first > last.last + 1n) joined.push(next)
    else if (next.last > last.last) joined[joined.length - 1] = { first: last.first, last: next.last }
  }
  return joined
}

const oneOrSet = (texts: readonly string[]): string =>
  texts.length > 1 ? `{ ${texts.join(', ')} }` : (texts[0] ?? '')
