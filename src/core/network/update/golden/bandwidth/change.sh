#!/bin/sh
# change network 'default' while it runs
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
set -e

# packets reach the guests of default no faster than 8 Mbit/s
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
tc qdisc replace dev virbr0 root handle 7ef1: tbf rate 8000000bit burst 1048576b peakrate 40000000bit minburst 100000b latency 50ms

# what comes from virbr0 gets a place to wait for its turn
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
ip link add name virbr0-in address 02:00:00:00:00:01 type ifb

# virbr0-in is marked and switched on
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
ip link set dev virbr0-in alias weft:queue:virbr0 addrgenmode none up

# packets of the guests of default go on no faster than 1.024 Mbit/s
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
tc qdisc replace dev virbr0-in root handle 7ef1: tbf rate 1024000bit burst 65536b latency 50ms

# packets that come in at virbr0 can be told where to go
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
tc qdisc add dev virbr0 ingress

# all of them, IPv4 and IPv6, go over virbr0-in and come back
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
tc filter add dev virbr0 parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev virbr0-in

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
  "bandwidth": {
    "inbound": {
      "average": 1000,
      "peak": 5000,
      "burst": 1024
    },
    "outbound": {
      "average": 128
    }
  }
}
EOF
mv -T /run/weft/networks/default/live.json.new /run/weft/networks/default/live.json
