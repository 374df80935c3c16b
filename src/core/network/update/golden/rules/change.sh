#!/bin/sh
# change network 'default' while it runs
# disturbs no guest
set -e

# what goes to and from the guests of default is judged by its rules
nft -f - <<'EOF'
add set bridge weft default/group/web { type ether_addr; }
add set bridge weft default/guest/web2 { type ether_addr; }
add chain bridge weft default/senders/vport0
flush chain bridge weft default/in/rules
flush chain bridge weft default/in/group/web
flush chain bridge weft default/in/groups/web
flush chain bridge weft default/out/groups/web
add rule bridge weft default/in/rules ip saddr { 10.0.0.1, 192.168.122.0/24 } tcp dport 22 counter goto allow_in
add rule bridge weft default/in/rules ip6 saddr fd77:122::/64 tcp dport 22 counter goto allow_in
add rule bridge weft default/in/rules meta l4proto { icmp, ipv6-icmp } counter goto allow_in
add rule bridge weft default/in/group/web tcp dport { 80, 8000-8100 } counter goto allow_in
add rule bridge weft default/in/groups/web jump known_in
add rule bridge weft default/in/groups/web jump default/in/group/web
add rule bridge weft default/in/groups/web jump default/in/rules
add rule bridge weft default/in/groups/web goto deny_in
add rule bridge weft default/out/groups/web jump known_out
add rule bridge weft default/out/groups/web jump default/out/group/web
add rule bridge weft default/out/groups/web jump default/out/rules
add rule bridge weft default/out/groups/web goto allow_out
add rule bridge weft default/senders/vport0 ether saddr != 52:54:00:00:00:01 counter drop
add rule bridge weft default/senders/vport0 arp saddr ether != 52:54:00:00:00:01 counter drop
add rule bridge weft default/senders/vport0 goto default/out/groups/web
delete element bridge weft out { "vport0" : jump default/out/groups/web }
add element bridge weft out { "vport0" : jump default/senders/vport0 }
add element bridge weft default/group/web { 52:54:00:00:00:01 }
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
