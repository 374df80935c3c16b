#!/bin/sh
# change network 'default' while it runs
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
set -e

# packets reach the guests of default no faster than 8 Mbit/s
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
tc qdisc replace dev virbr0 root handle 7ef1: tbf rate 8000000bit burst 1048576b peakrate 64000000bit minburst 160000b latency 50ms

# packets of the guests of default go on straight again
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
tc filter delete dev virbr0 parent ffff: || case $? in 1|2) ;; *) false ;; esac

# packets of the guests of default go on straight again
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
tc qdisc delete dev virbr0 ingress || case $? in 1|2) ;; *) false ;; esac

# packets of the guests of default go on straight again
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
tc qdisc delete dev virbr0-in root || case $? in 1|2) ;; *) false ;; esac

# packets of the guests of default go on straight again
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
ip link set dev virbr0-in down || [ $? -eq 1 ]

# packets of the guests of default go on straight again
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
ip link delete dev virbr0-in || [ $? -eq 1 ]

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
      "peak": 8000,
      "burst": 1024
    }
  }
}
EOF
mv -T /run/weft/networks/default/live.json.new /run/weft/networks/default/live.json
