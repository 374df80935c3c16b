/** One rule as nft rules, spelt as nft prints them: two where both families are named. */
import type { Rule } from './firewall-spec.ts'
import { formatCidrs, formatPorts } from './intervals.ts'

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
