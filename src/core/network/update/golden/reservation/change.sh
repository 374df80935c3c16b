#!/bin/sh
# change network 'default' while it runs
# disturbs no guest
set -e

# dnsmasq takes a signal to read again, now and when this is taken back
pkill -HUP -F /run/weft/networks/default/dnsmasq.pid -f -- '/run/weft/networks/default/dnsmasq\.conf' 2>/dev/null || true

# guests of default that are known by MAC always get this address and name
install -m 0644 /dev/stdin /run/weft/networks/default/dnsmasq.hosts.new <<'EOF'
52:54:00:00:00:01,192.168.122.50,web
EOF
mv -T /run/weft/networks/default/dnsmasq.hosts.new /run/weft/networks/default/dnsmasq.hosts

# guests of default with a fixed address are found by name though they ask for no lease
install -m 0644 /dev/stdin /run/weft/networks/default/dnsmasq.names.new <<'EOF'
192.168.122.10 box
192.168.122.77 printer
EOF
mv -T /run/weft/networks/default/dnsmasq.names.new /run/weft/networks/default/dnsmasq.names

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
        "hosts": [
          {
            "mac": "52:54:00:00:00:01",
            "ip": "192.168.122.50",
            "name": "web"
          }
        ]
      }
    }
  ],
  "routes": [],
  "kept": [],
  "dns": {
    "forwarders": [],
    "txts": [],
    "srvs": [],
    "hosts": [
      {
        "ip": "192.168.122.77",
        "names": [
          "printer"
        ]
      }
    ]
  }
}
EOF
mv -T /run/weft/networks/default/live.json.new /run/weft/networks/default/live.json
