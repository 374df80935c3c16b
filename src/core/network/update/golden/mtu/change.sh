#!/bin/sh
# change network 'default' while it runs
# disturbs no guest
set -e

# dnsmasq takes a signal to read again, now and when this is taken back
pkill -HUP -F /run/weft/networks/default/dnsmasq.pid -f -- '/run/weft/networks/default/dnsmasq\.conf' 2>/dev/null || true

# packets on default have at most 1400 bytes; guests hear of it when they renew their leases
ip link set dev virbr0 mtu 1400

# box sends packets of up to 1400 bytes
ip -n box link set dev eth0 mtu 1400

# vport0 carries packets of up to 1400 bytes
ip link set dev vport0 mtu 1400

# guests of default are told how large its packets may be: 1400 bytes
install -m 0644 /dev/stdin /run/weft/networks/default/dnsmasq.options.new <<'EOF'
option:mtu,1400
EOF
mv -T /run/weft/networks/default/dnsmasq.options.new /run/weft/networks/default/dnsmasq.options

# dnsmasq reads who is known again, and nobody is cut off
pkill -HUP -F /run/weft/networks/default/dnsmasq.pid -f -- '/run/weft/networks/default/dnsmasq\.conf' 2>/dev/null || true

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
  "mtu": 1400
}
EOF
mv -T /run/weft/networks/default/live.json.new /run/weft/networks/default/live.json
