/** Ports that rules of others lead elsewhere, as `nft list ruleset` shows them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { legacyRedirects, parseRedirects } from './foreign-redirects.ts'

const RULESET = `table ip nat {
	chain DOCKER {
		iifname != "docker0" tcp dport 8080 counter packets 0 bytes 0 dnat to 172.17.0.2:80
		iifname != "docker0" ip daddr 127.0.0.1 udp dport 53-60 counter packets 0 bytes 0 dnat to 172.17.0.2:53
	}

	chain PREROUTING {
		type nat hook prerouting priority dstnat; policy accept;
		fib daddr type local counter packets 0 bytes 0 jump DOCKER
		meta l4proto tcp tcp dport { 90, 91-93 } counter packets 0 bytes 0 redirect to :99
		tcp dport 22 accept
	}
}
table ip mine {
	map m {
		type inet_service : ipv4_addr
		elements = { 4444 : 10.0.0.2 }
	}

	chain pre {
		type nat hook prerouting priority dstnat; policy accept;
		dnat ip to tcp dport map { 443 : 10.0.0.1 . 443, 444 : 10.0.0.2 . 443 }
		dnat to tcp dport map @m
		dnat to 10.0.0.9
	}
}
table inet weft {
	chain pre {
		tcp dport 7 dnat to 10.0.0.1:80
	}
}
`

test('rules that lead ports elsewhere are found with their owner; others and weft’s own are not', () => {
  const said = parseRedirects(RULESET).map(({ where, protocol, ports, address }) => [
    where,
    protocol,
    ports
      .map(({ first, last }) => (first === last ? String(first) : `${String(first)}-${String(last)}`))
      .join(),
    address,
  ])
  assert.deepEqual(said, [
    ["Docker's chain 'DOCKER' of table 'ip nat'", 'tcp', '8080', undefined],
    ["Docker's chain 'DOCKER' of table 'ip nat'", 'udp', '53-60', '127.0.0.1'],
    ["chain 'PREROUTING' of table 'ip nat'", 'tcp', '90,91-93', undefined],
    ["chain 'pre' of table 'ip mine'", 'tcp', '443,444', undefined],
    ["chain 'pre' of table 'ip mine'", 'tcp', '4444', undefined],
  ])
})

test('a rule is shown as nft prints it, without its counter', () => {
  assert.equal(parseRedirects(RULESET)[0]?.rule, 'iifname != "docker0" tcp dport 8080 dnat to 172.17.0.2:80')
})

test('those of the kernel’s old tables are found, too, and shown as iptables prints them', () => {
  const saved = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A PREROUTING -p tcp -m tcp --dport 22 -j ACCEPT
-A DOCKER ! -i docker0 -d 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
-A DOCKER -d 192.0.2.0/24 -p udp -m multiport --dports 90,91:93 -j REDIRECT --to-ports 99
COMMIT
`
  const said = legacyRedirects([{ family: 'ip', program: 'iptables-legacy', tables: ['nat'], saved }])
  const where = "Docker's chain 'DOCKER' of table 'ip nat (iptables-legacy)'"
  const [one, list] = saved.split('\n').filter((line) => line.startsWith('-A DOCKER'))
  assert.deepEqual(said, [
    { where, rule: one, protocol: 'tcp', ports: [{ first: 8080, last: 8080 }], address: '127.0.0.1' },
    {
      where,
      rule: list,
      protocol: 'udp',
      ports: [
        { first: 90, last: 90 },
        { first: 91, last: 93 },
      ],
    },
  ])
})
