/** One rule as nft rules, spelt as nft prints them: two where both families are named. */
import { formatIpv4Network, ipv4Bounds } from '../../address/ipv4.ts'
import { formatIpv6Network, ipv6Bounds } from '../../address/ipv6.ts'
import type { IpCidr, PortRange, Rule } from './firewall-spec.ts'

/** `memberSet`: the set that has the MACs of a guest or group. */
export function ruleLines(
  rule: Rule,
  memberSet: (kind: 'guest' | 'group', name: string) => string,
): string[] {
  const end = rule.direction === 'in' ? 'saddr' : 'daddr'
  const verdict = rule.verdict === 'deny' ? 'drop' : `goto allow_${rule.direction}`
  return peerMatches(rule, end, memberSet).map(({ family, match }) =>
    [match, protocolMatch(rule, family), 'counter', verdict].filter((part) => part !== '').join(' '),
  )
}

type Family = 'ipv4' | 'ipv6' | 'both'

function peerMatches(
  { peer }: Rule,
  end: 'saddr' | 'daddr',
  memberSet: (kind: 'guest' | 'group', name: string) => string,
): { family: Family; match: string }[] {
  if (peer === undefined) return [{ family: 'both', match: '' }]
  if (peer.kind !== 'addresses')
    return [{ family: 'both', match: `ether ${end} @${memberSet(peer.kind, peer.name)}` }]
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const list = formatCidrs(peer.addresses.filter((each) => each.family === family))
    return list === '' ? [] : [{ family, match: `${family === 'ipv4' ? 'ip' : 'ip6'} ${end} ${list}` }]
  })
}

function protocolMatch({ protocol, ports }: Rule, family: Family): string {
  if (protocol === 'any') return family === 'both' ? 'meta protocol { ip, ip6 }' : ''
  if (protocol !== 'icmp')
    return ports === undefined ? `meta l4proto ${protocol}` : `${protocol} dport ${formatPorts(ports)}`
  if (family === 'both') return 'meta l4proto { icmp, ipv6-icmp }'
  return `meta l4proto ${family === 'ipv4' ? 'icmp' : 'ipv6-icmp'}`
}

function formatPorts(ports: readonly PortRange[]): string {
  return oneOrSet(
    ports.map(({ start, end }) => (start === end ? String(start) : `${String(start)}-${String(end)}`)),
  )
}

/** In the order in which nft prints them; one that another holds already is left out, nft refuses it. */
export function formatCidrs(cidrs: readonly IpCidr[]): string {
  const known = new Map(cidrs.map((cidr) => [formatCidr(cidr), cidr] as const))
  const texts = [...known]
    .map(([text, cidr]) => ({ text, bounds: boundsOf(cidr) }))
    .sort((a, b) => (a.bounds.first < b.bounds.first ? -1 : a.bounds.first > b.bounds.first ? 1 : 0))
    .filter(
      ({ bounds, text }, _, all) =>
        !all.some(
          (other) =>
            other.text !== text && other.bounds.first <= bounds.first && bounds.last <= other.bounds.last,
        ),
    )
    .map(({ text }) => text)
  return oneOrSet(texts)
}

/** A single address goes without its prefix. */
function formatCidr(cidr: IpCidr): string {
  const text = cidr.family === 'ipv4' ? formatIpv4Network(cidr) : formatIpv6Network(cidr)
  return text.replace(cidr.family === 'ipv4' ? /\/32$/ : /\/128$/, '')
}

function boundsOf(cidr: IpCidr): { first: bigint; last: bigint } {
  if (cidr.family === 'ipv6') return ipv6Bounds(cidr)
  const { first, last } = ipv4Bounds(cidr)
  return { first: BigInt(first), last: BigInt(last) }
}

const oneOrSet = (texts: readonly string[]): string =>
  texts.length > 1 ? `{ ${texts.join(', ')} }` : (texts[0] ?? '')
