#!/bin/sh
# start network 'open'
# disturbs no guest
set -e

# what is generated for open has a place of its own
install -d -m 0755 /run/weft/networks/open/ports

# a bridge is the virtual switch that guests of open are plugged into
ip link add name virbr5 address 52:54:00:b8:c9:96 type bridge forward_delay 0 stp_state 1

# open speaks IPv4 only: no IPv6 address appears on its bridge by itself
sysctl -q -w net.ipv6.conf.virbr5.disable_ipv6=1

# this host is 10.79.0.1 to the guests of open: their gateway and name server
ip address add 10.79.0.1/24 broadcast 10.79.0.255 dev virbr5

# the switch is marked as open's and switched on
ip link set dev virbr5 alias weft:network:open up

# open runs with this definition until it is stopped, whatever is defined meanwhile
install -m 0644 /dev/stdin /run/weft/networks/open/live.json.new <<'EOF'
{
  "name": "open",
  "uuid": "927f4393-3e4e-4a94-9e42-67c4ebe45556",
  "mode": "open",
  "bridge": {
    "name": "virbr5",
    "stp": true,
    "delaySeconds": 0
  },
  "mac": "52:54:00:b8:c9:96",
  "ips": [
    {
      "family": "ipv4",
      "cidr": {
        "address": "10.79.0.1",
        "prefix": 24
      },
      "prefixSpelling": "netmask",
      "dhcp": {
        "ranges": [
          {
            "start": "10.79.0.2",
            "end": "10.79.0.254"
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
mv -T /run/weft/networks/open/live.json.new /run/weft/networks/open/live.json
