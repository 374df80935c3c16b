/** What somebody else has taken of a running network's addresses since it was started: a VPN that came up, as a rule. */
import { formatIpv4Network, ipv4Overlaps, parseIpv4Cidr } from '../address/ipv4.ts'
import { formatIpv6Network, ipv6Overlaps, parseIpv6Cidr } from '../address/ipv6.ts'
import { findOverlaps } from './overlap.ts'
import type { SeenHost } from './seen.ts'
import type { IpSpec, NetworkSpec } from './spec.ts'

/** The same that a start would be refused for. */
export function shadowSentences(live: NetworkSpec, seen: SeenHost): string[] {
  return live.ips.flatMap((ip) =>
    findOverlaps(ip, seen, live.name).map(({ sentence, takes }) =>
      takes
        ? `packets for ${subnetOf(ip)} may not reach its guests any more: ${sentence}`
        : `${sentence}: what is there within ${subnetOf(ip)} cannot be reached, those addresses are this network's`,
    ),
  )
}

const subnetOf = (ip: IpSpec): string =>
  ip.family === 'ipv4' ? formatIpv4Network(ip.cidr) : formatIpv6Network(ip.cidr)

/** A link, address, route or rule of which the kernel says something, in the words of `ip monitor`. */
export function namesSubnetOf(line: string, lives: readonly NetworkSpec[]): boolean {
  const named = line.match(/(?:\d{1,3}\.){3}\d{1,3}(?:\/\d+)?|[\da-f]*:[\da-f:]*:[\da-f:]*(?:\/\d+)?/gi) ?? []
  return lives.some(({ ips }) => ips.some((ip) => named.some((word) => covers(ip, word))))
}

function covers(ip: IpSpec, word: string): boolean {
  if (ip.family === 'ipv4') {
    const cidr = parseIpv4Cidr(word.includes('/') ? word : `${word}/32`)
    return cidr !== undefined && ipv4Overlaps(cidr, ip.cidr)
  }
  const cidr = parseIpv6Cidr(word.includes('/') ? word : `${word}/128`)
  return cidr !== undefined && ipv6Overlaps(cidr, ip.cidr)
}
