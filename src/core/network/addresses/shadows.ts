/** What somebody else has taken of a running network's addresses since it was started: a VPN that came up, as a rule. */
import { formatIpv4Network, ipv4Overlaps, parseIpv4Cidr } from '../../address/ipv4.ts'
import { formatIpv6Network, ipv6Overlaps, parseIpv6Cidr } from '../../address/ipv6.ts'
import { networkAlias } from '../../host/mark.ts'
import { overlapsOf } from '../problems/overlap.ts'
import type { SeenHost } from '../seen.ts'
import type { IpSpec, NetworkSpec } from '../spec.ts'

/** The same that a start would be refused for. */
export function shadowSentences(live: NetworkSpec, seen: SeenHost): string[] {
  return live.ips.flatMap((ip) =>
    overlapsOf(live, ip, seen).map(({ sentence, takes }) =>
      takes
        ? `packets for ${subnetOf(ip)} may not reach its guests any more: ${sentence}`
        : `${sentence}: what is there within ${subnetOf(ip)} cannot be reached, those addresses are this network's`,
    ),
  )
}

/** Networks do not overlap each other, which their definitions are refused for: only what is not weft's can be in the way. */
export function withoutOwn(seen: SeenHost): SeenHost {
  const own = new Set<string | undefined>(
    seen.links.filter(({ alias }) => alias?.startsWith(networkAlias('')) === true).map(({ name }) => name),
  )
  return {
    ...seen,
    links: seen.links.filter(({ name }) => !own.has(name)),
    routes: seen.routes.filter(({ device }) => !own.has(device)),
    routes6: seen.routes6.filter(({ device }) => !own.has(device)),
  }
}

const subnetOf = (ip: IpSpec): string =>
  ip.family === 'ipv4' ? formatIpv4Network(ip.cidr) : formatIpv6Network(ip.cidr)

/** A link, address, route or rule of which the kernel says something, in the words of `ip monitor`. */
export function namesSubnetOf(line: string, running: Iterable<{ readonly spec: NetworkSpec }>): boolean {
  const named = line.match(/(?:\d{1,3}\.){3}\d{1,3}(?:\/\d+)?|[\da-f]*:[\da-f:]*:[\da-f:]*(?:\/\d+)?/gi) ?? []
  const subnets = named.flatMap(parseSubnet)
  // Most lines: a router hears of thousands of routes.
  if (subnets.length === 0) return false
  const link = /^(?:Deleted )?\d+: ([^\s:@]+)| dev (\S+)/.exec(line)
  const name = link?.[1] ?? link?.[2]
  let isOfOne = false
  for (const { spec } of running) {
    // Their own bridges.
    if (name !== undefined && spec.bridge?.name === name) return false
    isOfOne ||= spec.ips.some((ip) => subnets.some((subnet) => overlaps(ip, subnet)))
  }
  return isOfOne
}

type Subnet = Pick<IpSpec, 'family' | 'cidr'>

function parseSubnet(word: string): Subnet[] {
  const cidr = parseIpv4Cidr(word.includes('/') ? word : `${word}/32`)
  if (cidr !== undefined) return [{ family: 'ipv4', cidr }]
  const cidr6 = parseIpv6Cidr(word.includes('/') ? word : `${word}/128`)
  return cidr6 === undefined ? [] : [{ family: 'ipv6', cidr: cidr6 }]
}

function overlaps(ip: IpSpec, other: Subnet): boolean {
  if (ip.family === 'ipv4')
    return other.family === 'ipv4' && ipv4Overlaps(other.cidr as typeof ip.cidr, ip.cidr)
  return other.family === 'ipv6' && ipv6Overlaps(other.cidr as typeof ip.cidr, ip.cidr)
}
