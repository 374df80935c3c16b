/** The kernel's old tables, judged as if nft had made them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from '../../host/ruleset/judge.ts'
import type { Packet } from '../../host/ruleset/ruleset.ts'
import { inWordsOfNft, legacyRuleset } from './legacy-ruleset.ts'
import type { SeenFilter } from './seen-neighbours.ts'

const filter = (family: 'ip' | 'ip6', ...rules: readonly string[]): SeenFilter => {
  const text = [
    '*filter',
    ':INPUT DROP',
    ':FORWARD DROP',
    ':OUTPUT ACCEPT',
    ':OWN -',
    ...rules,
    'COMMIT',
    '',
  ].join('\n')
  return { program: 'iptables-legacy', family, isLegacy: true, text }
}
const NEW: Packet = {
  family: 'ip',
  protocol: 'tcp',
  destinationPort: 443,
  source: '10.9.0.11',
  state: 'new',
  in: 'virbr0',
  out: 'eth0',
}
const verdict = (rules: readonly string[], packet: Partial<Packet> = {}): string =>
  judge(legacyRuleset(filter(packet.family ?? 'ip', ...rules)), { ...NEW, ...packet }, 'forward', {}).verdict

test('each condition has a word of nft', () => {
  const spelt = (rule: string): string => {
    const lines = inWordsOfNft(filter('ip', `-A FORWARD ${rule}`)).split('\n')
    return lines[lines.findIndex((line) => line.includes('hook forward')) + 1]?.trim() ?? ''
  }
  assert.equal(
    spelt(
      '-s 10.9.0.0/24 ! -i virbr+ -o eth0 -p tcp -m tcp --dport 80:90 -m comment --comment "a b" -j ACCEPT',
    ),
    'ip saddr 10.9.0.0/24 iifname != "virbr*" oifname "eth0" meta l4proto tcp tcp dport { 80-90 } comment "a b" accept',
  )
  assert.equal(
    spelt('-m conntrack --ctstate RELATED,ESTABLISHED -j OWN'),
    'ct state { related, established } jump OWN',
  )
  assert.equal(
    spelt('-m addrtype --dst-type LOCAL -j REJECT --reject-with icmp-host-prohibited'),
    'fib daddr type local reject',
  )
  assert.equal(
    spelt('-p udp -m multiport --dports 53,67:68 -g OWN'),
    'meta l4proto udp udp dport { 53, 67-68 } goto OWN',
  )
})

test('packets are judged by it, and what nobody understands decides nothing by guess', () => {
  assert.equal(verdict([]), 'drop')
  assert.equal(verdict(['-A FORWARD -i virbr0 -o eth0 -j ACCEPT']), 'accept')
  assert.equal(verdict(['-A FORWARD -i docker0 -j ACCEPT']), 'drop')
  assert.equal(verdict(['-A FORWARD -j OWN', '-A OWN -p tcp -m tcp --dport 443 -j ACCEPT']), 'accept')
  assert.equal(
    verdict(['-A FORWARD -m hashlimit --hashlimit-upto 5/sec --hashlimit-name x -j ACCEPT']),
    'unknown',
  )
  assert.equal(
    verdict(['-A FORWARD -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT']),
    'drop',
  )
  assert.equal(
    verdict(['-A FORWARD -j LOG --log-prefix "no: "', '-A FORWARD -j NFQUEUE --queue-num 1']),
    'unknown',
  )
})

test('in IPv6 as well', () => {
  const packet = { family: 'ip6', source: 'fd09::11', destination: 'fd02::2' } as const
  assert.equal(verdict(['-A FORWARD -s fd09::/64 -j ACCEPT'], packet), 'accept')
  assert.equal(
    verdict(['-A FORWARD -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT'], {
      ...packet,
      protocol: 'ipv6-icmp',
      icmpType: 135,
    }),
    'accept',
  )
  assert.equal(verdict([], packet), 'drop')
})
