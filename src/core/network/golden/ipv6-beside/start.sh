#!/bin/sh
# start network 'routed'
# disturbs no guest
set -e

# what is generated for routed has a place of its own
install -d -m 0755 /run/weft/networks/routed/ports

# a bridge is the virtual switch that guests of routed are plugged into
ip link add name virbr4 address 52:54:00:b8:c9:95 type bridge forward_delay 0 stp_state 1

# this host is the router on routed: a guest that says it is one is not believed
sysctl -q -w net.ipv6.conf.virbr4.accept_ra=0

# this host's IPv6 addresses on routed can be used at once
sysctl -q -w net.ipv6.conf.virbr4.accept_dad=0

# this host is 10.78.0.1 to the guests of routed: their gateway and name server
ip address add 10.78.0.1/24 broadcast 10.78.0.255 dev virbr4

# this host is 2001:db8:78::1 to the guests of routed: their gateway and name server
ip address add 2001:db8:78::1/64 dev virbr4

# the switch is marked as routed's and switched on
ip link set dev virbr4 alias weft:network:routed up

# guests of routed reach the outside and are reached from there, under their own addresses
nft -f - <<'EOF'
add element inet weft from { "virbr4" : jump from_route }
add element inet weft same_bridge { "virbr4" . "virbr4" }
add element inet weft clamped { "virbr4" }
EOF

# this host did not forward IPv6 before: noted, to be given back
install -m 0644 /dev/stdin /run/weft/ipv6_forwarding.before.new <<'EOF'
0
EOF
mv -T /run/weft/ipv6_forwarding.before.new /run/weft/ipv6_forwarding.before

# a host passes IPv6 packets on between virbr4 and its other links only when told to
sysctl -q -w net.ipv6.conf.all.forwarding=1

# routed runs with this definition until it is stopped, whatever is defined meanwhile
install -m 0644 /dev/stdin /run/weft/networks/routed/live.json.new <<'EOF'
{
  "name": "routed",
  "uuid": "927f4393-3e4e-4a94-9e42-67c4ebe45555",
  "mode": "route",
  "bridge": {
    "name": "virbr4",
    "stp": true,
    "delaySeconds": 0
  },
  "mac": "52:54:00:b8:c9:95",
  "ips": [
    {
      "family": "ipv4",
      "cidr": {
        "address": "10.78.0.1",
        "prefix": 24
      },
      "prefixSpelling": "netmask",
      "dhcp": {
        "ranges": [
          {
            "start": "10.78.0.2",
            "end": "10.78.0.254"
          }
        ],
        "hosts": []
      }
    },
    {
      "family": "ipv6",
      "cidr": {
        "address": "2001:db8:78::1",
        "prefix": 64
      },
      "prefixSpelling": "prefix"
    }
  ],
  "routes": [],
  "kept": []
}
EOF
mv -T /run/weft/networks/routed/live.json.new /run/weft/networks/routed/live.json
