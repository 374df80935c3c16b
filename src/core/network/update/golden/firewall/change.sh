#!/bin/sh
# change network 'default' while it runs
# disturbs no guest
set -e

# what goes to and from the guests of default is judged by its rules
nft -f - <<'EOF'
add table bridge weft
delete table bridge weft
table bridge weft {
	map out {
		type ifname : verdict
		elements = { "vport0" : jump default/senders/vport0 }
	}

	map in {
		type ifname : verdict
		elements = { "vport0" : jump default/in/groups/web }
	}

	set tcp4 {
		type iface_index . ipv4_addr . inet_service . ipv4_addr . inet_service
		size 65535
		flags dynamic,timeout
		timeout 12h
	}

	set tcp6 {
		type iface_index . ipv6_addr . inet_service . ipv6_addr . inet_service
		size 65535
		flags dynamic,timeout
		timeout 12h
	}

	set udp4 {
		type iface_index . ipv4_addr . inet_service . ipv4_addr . inet_service
		size 65535
		flags dynamic,timeout
		timeout 3m
	}

	set udp6 {
		type iface_index . ipv6_addr . inet_service . ipv6_addr . inet_service
		size 65535
		flags dynamic,timeout
		timeout 3m
	}

	set ping4 {
		type iface_index . ipv4_addr . ipv4_addr
		size 65535
		flags dynamic,timeout
		timeout 30s
	}

	set ping6 {
		type iface_index . ipv6_addr . ipv6_addr
		size 65535
		flags dynamic,timeout
		timeout 30s
	}

	set newcomers {
		type ifname
		size 65535
		flags dynamic,timeout
	}

	set default/group/web {
		type ether_addr
		elements = { 52:54:00:00:00:01 }
	}

	set default/guest/web2 {
		type ether_addr
	}

	chain allow_in {
		tcp flags fin,rst update @tcp4 { oif . ip daddr . tcp dport . ip saddr . tcp sport timeout 1m } accept
		tcp flags fin,rst update @tcp6 { oif . ip6 daddr . tcp dport . ip6 saddr . tcp sport timeout 1m } accept
		update @tcp4 { oif . ip daddr . tcp dport . ip saddr . tcp sport } accept
		update @tcp6 { oif . ip6 daddr . tcp dport . ip6 saddr . tcp sport } accept
		update @udp4 { oif . ip daddr . udp dport . ip saddr . udp sport } accept
		update @udp6 { oif . ip6 daddr . udp dport . ip6 saddr . udp sport } accept
		meta l4proto icmp update @ping4 { oif . ip daddr . ip saddr } accept
		meta l4proto ipv6-icmp update @ping6 { oif . ip6 daddr . ip6 saddr } accept
		accept
	}

	chain allow_out {
		tcp flags fin,rst update @tcp4 { iif . ip saddr . tcp sport . ip daddr . tcp dport timeout 1m } accept
		tcp flags fin,rst update @tcp6 { iif . ip6 saddr . tcp sport . ip6 daddr . tcp dport timeout 1m } accept
		update @tcp4 { iif . ip saddr . tcp sport . ip daddr . tcp dport } accept
		update @tcp6 { iif . ip6 saddr . tcp sport . ip6 daddr . tcp dport } accept
		update @udp4 { iif . ip saddr . udp sport . ip daddr . udp dport } accept
		update @udp6 { iif . ip6 saddr . udp sport . ip6 daddr . udp dport } accept
		meta l4proto icmp update @ping4 { iif . ip saddr . ip daddr } accept
		meta l4proto ipv6-icmp update @ping6 { iif . ip6 saddr . ip6 daddr } accept
		accept
	}

	chain known_in {
		tcp flags fin,rst oif . ip daddr . tcp dport . ip saddr . tcp sport @tcp4 update @tcp4 { oif . ip daddr . tcp dport . ip saddr . tcp sport timeout 1m } accept
		tcp flags fin,rst oif . ip6 daddr . tcp dport . ip6 saddr . tcp sport @tcp6 update @tcp6 { oif . ip6 daddr . tcp dport . ip6 saddr . tcp sport timeout 1m } accept
		oif . ip daddr . tcp dport . ip saddr . tcp sport @tcp4 update @tcp4 { oif . ip daddr . tcp dport . ip saddr . tcp sport } accept
		oif . ip6 daddr . tcp dport . ip6 saddr . tcp sport @tcp6 update @tcp6 { oif . ip6 daddr . tcp dport . ip6 saddr . tcp sport } accept
		oif . ip daddr . udp dport . ip saddr . udp sport @udp4 update @udp4 { oif . ip daddr . udp dport . ip saddr . udp sport } accept
		oif . ip6 daddr . udp dport . ip6 saddr . udp sport @udp6 update @udp6 { oif . ip6 daddr . udp dport . ip6 saddr . udp sport } accept
		meta l4proto icmp oif . ip daddr . ip saddr @ping4 update @ping4 { oif . ip daddr . ip saddr } accept
		meta l4proto ipv6-icmp oif . ip6 daddr . ip6 saddr @ping6 update @ping6 { oif . ip6 daddr . ip6 saddr } accept
		oifname @newcomers tcp flags ack / syn,ack goto allow_in
		ip frag-off & 8191 != 0 accept
		frag frag-off != 0 accept
		icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, nd-redirect, mld2-listener-report } accept
	}

	chain known_out {
		tcp flags fin,rst iif . ip saddr . tcp sport . ip daddr . tcp dport @tcp4 update @tcp4 { iif . ip saddr . tcp sport . ip daddr . tcp dport timeout 1m } accept
		tcp flags fin,rst iif . ip6 saddr . tcp sport . ip6 daddr . tcp dport @tcp6 update @tcp6 { iif . ip6 saddr . tcp sport . ip6 daddr . tcp dport timeout 1m } accept
		iif . ip saddr . tcp sport . ip daddr . tcp dport @tcp4 update @tcp4 { iif . ip saddr . tcp sport . ip daddr . tcp dport } accept
		iif . ip6 saddr . tcp sport . ip6 daddr . tcp dport @tcp6 update @tcp6 { iif . ip6 saddr . tcp sport . ip6 daddr . tcp dport } accept
		iif . ip saddr . udp sport . ip daddr . udp dport @udp4 update @udp4 { iif . ip saddr . udp sport . ip daddr . udp dport } accept
		iif . ip6 saddr . udp sport . ip6 daddr . udp dport @udp6 update @udp6 { iif . ip6 saddr . udp sport . ip6 daddr . udp dport } accept
		meta l4proto icmp iif . ip saddr . ip daddr @ping4 update @ping4 { iif . ip saddr . ip daddr } accept
		meta l4proto ipv6-icmp iif . ip6 saddr . ip6 daddr @ping6 update @ping6 { iif . ip6 saddr . ip6 daddr } accept
		iifname @newcomers tcp flags ack / syn,ack goto allow_out
		ip frag-off & 8191 != 0 accept
		frag frag-off != 0 accept
		icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, nd-redirect, mld2-listener-report } accept
	}

	chain deny_in {
		meta protocol arp accept
		udp sport 67 udp dport 68 accept
		udp sport 547 udp dport 546 accept
		icmp type { destination-unreachable, time-exceeded, parameter-problem } accept
		icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept
		counter drop
	}

	chain deny_out {
		meta protocol arp accept
		udp sport 68 udp dport 67 accept
		udp sport 546 udp dport 547 accept
		icmp type { destination-unreachable, time-exceeded, parameter-problem } accept
		icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept
		counter drop
	}

	chain from_guests {
		type filter hook prerouting priority filter; policy accept;
		iifname vmap @out
	}

	chain to_guests {
		type filter hook postrouting priority filter; policy accept;
		oifname vmap @in
	}

	chain default/in/rules {
		ip saddr { 10.0.0.1, 192.168.122.0/24 } tcp dport 22 counter goto allow_in
		ip6 saddr fd77:122::/64 tcp dport 22 counter goto allow_in
		meta l4proto { icmp, ipv6-icmp } counter goto allow_in
	}

	chain default/in/group/web {
		tcp dport { 80, 8000-8100 } counter goto allow_in
	}

	chain default/out/rules {
	}

	chain default/out/group/web {
	}

	chain default/in/groups/web {
		jump known_in
		jump default/in/group/web
		jump default/in/rules
		goto deny_in
	}

	chain default/out/groups/web {
		jump known_out
		jump default/out/group/web
		jump default/out/rules
		goto allow_out
	}

	chain default/senders/vport0 {
		ether saddr != 52:54:00:00:00:01 counter drop
		arp saddr ether != 52:54:00:00:00:01 counter drop
		goto default/out/groups/web
	}
}
add element bridge weft newcomers { "vport0" timeout 1h }
EOF

# default runs with this definition until it is stopped, whatever is defined meanwhile
install -m 0644 /dev/stdin /run/weft/networks/default/live.json.new <<'EOF'
{
  "name": "default",
  "uuid": "927f4393-3e4e-4a94-9e42-67c4ebe45551",
  "mode": "nat",
  "bridge": {
    "name": "virbr0",
    "stp": true,
    "delaySeconds": 0
  },
  "mac": "52:54:00:b8:c9:91",
  "ips": [
    {
      "family": "ipv4",
      "cidr": {
        "address": "192.168.122.1",
        "prefix": 24
      },
      "prefixSpelling": "netmask",
      "dhcp": {
        "ranges": [
          {
            "start": "192.168.122.2",
            "end": "192.168.122.254"
          }
        ],
        "hosts": []
      }
    }
  ],
  "routes": [],
  "kept": [],
  "firewall": {
    "in": "deny",
    "rules": [
      {
        "verdict": "allow",
        "direction": "in",
        "protocol": "tcp",
        "ports": [
          {
            "start": 22,
            "end": 22
          }
        ],
        "peer": {
          "kind": "addresses",
          "addresses": [
            {
              "family": "ipv4",
              "address": "192.168.122.0",
              "prefix": 24
            },
            {
              "family": "ipv4",
              "address": "10.0.0.1",
              "prefix": 32
            },
            {
              "family": "ipv6",
              "address": "fd77:122::",
              "prefix": 64
            }
          ]
        }
      },
      {
        "verdict": "allow",
        "direction": "in",
        "protocol": "icmp"
      }
    ],
    "groups": [
      {
        "name": "web",
        "members": [
          "box",
          "web2"
        ],
        "rules": [
          {
            "verdict": "allow",
            "direction": "in",
            "protocol": "tcp",
            "ports": [
              {
                "start": 80,
                "end": 80
              },
              {
                "start": 8000,
                "end": 8100
              }
            ]
          }
        ]
      }
    ],
    "guests": [
      {
        "name": "db",
        "out": "deny",
        "rules": [
          {
            "verdict": "allow",
            "direction": "in",
            "protocol": "tcp",
            "ports": [
              {
                "start": 5432,
                "end": 5432
              }
            ],
            "peer": {
              "kind": "group",
              "name": "web"
            }
          },
          {
            "verdict": "deny",
            "direction": "in",
            "protocol": "any",
            "peer": {
              "kind": "guest",
              "name": "web2"
            }
          }
        ]
      },
      {
        "name": "router",
        "antiSpoofing": "none",
        "rules": []
      }
    ]
  }
}
EOF
mv -T /run/weft/networks/default/live.json.new /run/weft/networks/default/live.json
