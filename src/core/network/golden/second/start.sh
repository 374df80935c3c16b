#!/bin/sh
# start network 'lab'
# disturbs no guest
set -e

# what is generated for lab has a place of its own
install -d -m 0755 /run/weft/networks/lab/ports

# a bridge is the virtual switch that guests of lab are plugged into
ip link add name virbr1 address 52:54:00:b8:c9:92 type bridge forward_delay 0 stp_state 1

# lab speaks IPv4 only: no IPv6 address appears on its bridge by itself
sysctl -q -w net.ipv6.conf.virbr1.disable_ipv6=1

# this host is 192.168.150.1 to the guests of lab: their gateway and name server
ip address add 192.168.150.1/24 broadcast 192.168.150.255 dev virbr1

# the switch is marked as lab's and switched on
ip link set dev virbr1 alias weft:network:lab up

# guests of lab reach the outside through this host's address, and only answers come in
nft -f - <<'EOF'
add element inet weft from { "virbr1" : jump from_nat }
add element inet weft to { "virbr1" : jump to_nat }
add element inet weft same_bridge { "virbr1" . "virbr1" }
add element inet weft clamped { "virbr1" }
add element inet weft nat { "virbr1" }
EOF

# lab runs with this definition until it is stopped, whatever is defined meanwhile
install -m 0644 /dev/stdin /run/weft/networks/lab/live.json.new <<'EOF'
{
  "name": "lab",
  "uuid": "927f4393-3e4e-4a94-9e42-67c4ebe45552",
  "mode": "nat",
  "bridge": {
    "name": "virbr1",
    "stp": true,
    "delaySeconds": 0
  },
  "mac": "52:54:00:b8:c9:92",
  "ips": [
    {
      "family": "ipv4",
      "cidr": {
        "address": "192.168.150.1",
        "prefix": 24
      },
      "prefixSpelling": "netmask",
      "dhcp": {
        "ranges": [
          {
            "start": "192.168.150.2",
            "end": "192.168.150.254"
          }
        ],
        "hosts": []
      }
    }
  ],
  "routes": [],
  "kept": []
}
EOF
mv -T /run/weft/networks/lab/live.json.new /run/weft/networks/lab/live.json
