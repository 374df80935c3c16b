/** The judge, a table for each thing it has to understand. The kernel's own verdicts are in test/kernel/judge.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from './judge.ts'
import { ownerOf } from './owner.ts'
import { parseRuleset } from './read-ruleset.ts'
import type { HostAnswers, Packet, Place } from './ruleset.ts'

const PACKET: Packet = {
  family: 'ip',
  source: '10.9.0.11',
  destination: '192.0.2.2',
  protocol: 'tcp',
  sourcePort: 40000,
  destinationPort: 443,
  in: 'virbr0',
  out: 'eth0',
  state: 'new',
}

const chain = (...rules: string[]): string =>
  `table inet t { # handle 1
	set known { # handle 2
		type ipv4_addr . inet_service
		flags interval
		elements = { 10.9.0.0/24 . 80-90,
			     10.8.0.1 . 443 counter packets 0 bytes 0 timeout 1m expires 50s }
	}

	map ways { # handle 3
		type ifname : verdict
		elements = { "virbr0" : jump other, "eth*" : drop, * : accept }
	}

	chain other { # handle 4
		tcp dport 22 return # handle 5
		tcp dport 23 reject with icmpx admin-prohibited # handle 6
	}

	chain base { # handle 7
		type filter hook forward priority filter; policy drop;
${rules.map((rule, index) => `\t\t${rule} # handle ${String(index + 10)}\n`).join('')}	}
}
`

function verdictOf(rule: string | string[], packet: Partial<Packet> = {}, answers?: HostAnswers): string {
  const ruleset = parseRuleset(chain(...[rule].flat()))
  return judge(ruleset, { ...PACKET, ...packet }, 'forward', answers).verdict
}

/** Rule, packet, what comes of it in a chain that drops the rest. */
const TABLE: readonly (readonly [string | string[], Partial<Packet>, string])[] = [
  ['accept', {}, 'accept'],
  ['tcp dport 443 accept', {}, 'accept'],
  ['tcp dport { 80, 440-450 } counter packets 3 bytes 5 accept', {}, 'accept'],
  ['tcp dport != 443 accept', {}, 'drop'],
  ['udp dport != 53 accept', {}, 'drop'],
  ['udp dport != 53 accept', { protocol: 'udp' }, 'accept'],
  ['th dport 443 accept', { protocol: 'udp' }, 'accept'],
  ['tcp dport 443 accept', { destinationPort: undefined }, 'unknown'],
  ['iifname "virbr*" oifname != "eth1" accept', {}, 'accept'],
  ['ip saddr 10.9.0.0/24 ip daddr != { 192.0.2.2, 10.0.0.0/8 } accept', {}, 'drop'],
  ['ip saddr 10.9.0.1-10.9.0.20 accept', {}, 'accept'],
  ['ip saddr & 255.0.255.0 == 10.0.0.0 accept', {}, 'accept'],
  ['ip6 saddr ::/0 accept', {}, 'drop'],
  ['ip6 saddr fd00::/8 accept', { family: 'ip6', source: 'fd09::1' }, 'accept'],
  ['ip saddr . tcp dport @known accept', {}, 'drop'],
  ['ip saddr . tcp dport @known accept', { destinationPort: 85 }, 'accept'],
  ['ip saddr . tcp dport @known accept', { source: '10.8.0.1' }, 'accept'],
  ['ct state established,related accept', {}, 'drop'],
  ['ct state { established, new } accept', {}, 'accept'],
  ['ct state ! related,established accept', {}, 'accept'],
  ['ct state != established accept', {}, 'accept'],
  ['ct status dnat accept', {}, 'drop'],
  ['ct status dnat accept', { isDnat: true }, 'accept'],
  [['ct status assured accept', 'accept'], { state: 'established' }, 'accept'],
  ['ct status assured accept', { state: 'established' }, 'unknown'],
  ['ct direction original accept', {}, 'accept'],
  ['ct original proto-dst 8080 accept', { isDnat: true, original: { port: 8080 } }, 'accept'],
  ['tcp flags syn / fin,syn,rst,ack accept', {}, 'accept'],
  ['tcp flags ! fin,syn accept', {}, 'drop'],
  ['tcp flags ack / syn,ack accept', { state: 'established' }, 'accept'],
  ['meta l4proto { icmp, ipv6-icmp } accept', {}, 'drop'],
  ['meta l4proto icmp icmp type echo-request accept', { protocol: 'icmp' }, 'accept'],
  ['icmp type { destination-unreachable, time-exceeded } accept', { protocol: 'icmp' }, 'drop'],
  [
    'icmpv6 type nd-neighbor-solicit accept',
    { family: 'ip6', protocol: 'ipv6-icmp', icmpType: 135 },
    'accept',
  ],
  ['meta mark & 0x000000ff == 0x00000001 accept', { mark: 0x101 }, 'accept'],
  [['meta mark set 0x00000007', 'meta mark 0x00000007 accept'], {}, 'accept'],
  [['meta mark set mark and 0xffffff00 xor 0x1', 'meta mark 0x00000301 accept'], { mark: 0x3ff }, 'accept'],
  [['ct mark set meta mark', 'ct mark 0x00000005 accept'], { mark: 5 }, 'accept'],
  ['iifname vmap @ways', {}, 'drop'],
  [['iifname vmap @ways', 'accept'], {}, 'accept'],
  [['iifname vmap @ways', 'accept'], { destinationPort: 23 }, 'reject'],
  [['iifname vmap @ways', 'accept'], { in: 'eth3' }, 'drop'],
  ['iifname vmap @ways', { in: 'lo' }, 'accept'],
  [['goto other', 'accept'], {}, 'drop'],
  [['jump other', 'accept'], { destinationPort: 22 }, 'accept'],
  ['tcp dport vmap { 22 : accept, 440-450 : jump other }', {}, 'drop'],
  // What is not understood matters only where it decides.
  ['xt match recent counter packets 0 bytes 0 accept', {}, 'unknown'],
  ['xt match recent counter packets 0 bytes 0 drop', {}, 'drop'],
  ['tcp dport 80 xt match recent accept', {}, 'drop'],
  ['xt match recent tcp dport 80 accept', {}, 'drop'],
  [['limit rate 3/minute burst 10 packets log prefix "x accept "', 'accept'], {}, 'accept'],
  ['limit rate 3/minute burst 10 packets accept', {}, 'unknown'],
  [['limit rate 5/second return', 'accept'], {}, 'unknown'],
  [['ct count over 3 drop', 'accept'], {}, 'unknown'],
  [['meta hour "10:00"-"12:00" drop', 'drop'], {}, 'drop'],
  [['xt match physdev jump other', 'accept'], {}, 'accept'],
  [['xt match physdev jump other', 'accept'], { destinationPort: 23 }, 'unknown'],
  [['xt match physdev goto other', 'accept'], {}, 'unknown'],
  [['xt match x meta mark set 0x00000001', 'meta mark 0x00000001 accept'], {}, 'unknown'],
  ['queue num 0', {}, 'unknown'],
  ['fib daddr type local accept', {}, 'unknown'],
  ['accept comment "drop, reject"', {}, 'accept'],
]

test('a packet and a rule', () => {
  const said = TABLE.map(([rule, packet]) => [rule, packet, verdictOf(rule, packet)])
  assert.deepEqual(said, TABLE)
})

test('rules that ask the host', () => {
  const answers: HostAnswers = {
    typeOf: (address) => (address === '192.0.2.1' ? 'local' : 'unicast'),
    hasRoute: (_address, device) => device === 'virbr0',
  }
  const asked = (rule: string, packet: Partial<Packet> = {}): string => verdictOf(rule, packet, answers)
  assert.equal(asked('fib daddr type local accept'), 'drop')
  assert.equal(asked('fib daddr type { local, unicast } accept'), 'accept')
  assert.equal(asked('fib daddr . iif type != local accept'), 'accept')
  assert.equal(asked('fib saddr . iif oif missing accept'), 'drop')
  assert.equal(asked('fib saddr . iif oif missing accept', { in: 'eth1' }), 'accept')
  assert.equal(asked('fib saddr . mark . iif oif missing accept'), 'unknown')
})

const NAT = `table ip nat {
	map to { # handle 1
		type inet_proto . inet_service : ipv4_addr . inet_service
		elements = { tcp . 8080 : 10.9.0.11 . 80 }
	}

	chain pre { # handle 2
		type nat hook prerouting priority dstnat; policy accept;
		fib daddr type local dnat ip to meta l4proto . th dport map @to # handle 3
		tcp dport 81 counter packets 0 bytes 0 dnat to 10.9.0.12:82 # handle 4
		tcp dport 90 dnat to 10.9.0.1-10.9.0.9 # handle 5
		limit rate 1/second tcp dport 91 dnat to 10.9.0.9 # handle 6
	}

	chain late { # handle 7
		type filter hook prerouting priority dstnat + 1; policy accept;
		ip daddr 10.9.0.12 tcp dport 82 ct status dnat drop # handle 8
	}

	chain post { # handle 9
		type nat hook postrouting priority srcnat; policy accept;
		masquerade # handle 10
	}
}
`

test('address translation changes the packet, and a chain that comes later sees it changed', () => {
  const ask = (place: Place, packet: Partial<Packet>): ReturnType<typeof judge> =>
    judge(parseRuleset(NAT), { ...PACKET, ...packet }, place, {
      typeOf: () => 'local',
      addressOf: () => '192.0.2.1',
    })
  const { packet, path } = ask('prerouting', { destinationPort: 8080 })
  assert.deepEqual(
    [packet.destination, packet.destinationPort, packet.isDnat, packet.original],
    ['10.9.0.11', 80, true, { destination: '192.0.2.2', port: 8080 }],
  )
  assert.deepEqual(path[0]?.elements, ['to tcp . 8080 : 10.9.0.11 . 80'])
  assert.equal(ask('prerouting', { destinationPort: 81 }).verdict, 'drop')
  assert.equal(ask('prerouting', { destinationPort: 81 }).decisive?.handle, 8)
  const spread = ask('prerouting', { destinationPort: 90 })
  assert.deepEqual([spread.verdict, spread.packet.destination], ['accept', undefined])
  assert.equal(ask('prerouting', { destinationPort: 91 }).verdict, 'unknown')
  assert.equal(
    ask('prerouting', { destinationPort: 81, state: 'established', isDnat: false }).verdict,
    'accept',
  )
  assert.equal(ask('postrouting', {}).packet.source, '192.0.2.1')
})

const SEVERAL = `table ip filter { # handle 1
	chain FORWARD { # handle 1
		type filter hook forward priority filter; policy drop;
		counter packets 0 bytes 0 jump DOCKER-USER # handle 3
	}

	chain DOCKER-USER { # handle 2
		counter packets 0 bytes 0 return # handle 4
	}
}
table inet weft { # handle 2
	map from { # handle 1
		type ifname : verdict
		elements = { "virbr0" : jump from_isolated }
	}

	chain from_isolated { # handle 2
		reject # handle 5
	}

	chain forward { # handle 3
		type filter hook forward priority filter + 1; policy accept;
		iifname vmap @from # handle 6
	}
}
table ip other { # handle 3
	flags dormant

	chain f { # handle 1
		type filter hook forward priority filter - 10; policy drop;
	}
}
`

test('every base chain has to accept; whose the rule is that ended it', () => {
  const ruleset = parseRuleset(SEVERAL)
  const { verdict, decisive, path } = judge(ruleset, PACKET, 'forward')
  assert.equal(verdict, 'drop')
  assert.deepEqual(
    path.map(({ chain: name, text }) => `${name}: ${text}`),
    [
      'FORWARD: counter packets 0 bytes 0 jump DOCKER-USER',
      'DOCKER-USER: counter packets 0 bytes 0 return',
      'FORWARD: policy drop',
    ],
  )
  assert.ok(decisive)
  assert.deepEqual(ownerOf(decisive, { path, ruleset }), { who: 'Docker' })
  const six = judge(
    ruleset,
    { ...PACKET, family: 'ip6', source: 'fd09::b', destination: 'fd02::2' },
    'forward',
  )
  assert.equal(six.verdict, 'reject')
  assert.ok(six.decisive)
  assert.deepEqual(ownerOf(six.decisive, { path: six.path, networkOf: () => 'lab' }), {
    who: 'weft',
    object: { kind: 'network', network: 'lab' },
  })
})
