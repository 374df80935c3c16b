#!/bin/sh
# change network 'default' while it runs
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
set -e

# dnsmasq reads its configuration only when it starts; its leases stay
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
pkill -TERM -F /run/weft/networks/default/dnsmasq.pid -f -- '/run/weft/networks/default/dnsmasq\.conf' 2>/dev/null || true
for tenth in $(seq 20); do pgrep -F /run/weft/networks/default/dnsmasq.pid -f -- '/run/weft/networks/default/dnsmasq\.conf' >/dev/null 2>&1 || break; sleep 0.1; done
[ -z "$(pgrep -F /run/weft/networks/default/dnsmasq.pid -f -- '/run/weft/networks/default/dnsmasq\.conf' 2>/dev/null)" ]
rm -f /run/weft/networks/default/dnsmasq.pid

# dnsmasq gives the guests of default their addresses and answers for names
install -m 0644 /dev/stdin /run/weft/networks/default/dnsmasq.conf.new <<'EOF'
# DHCP and DNS of network default at 192.168.122.1, written by weft: changes are lost
user=dnsmasq
pid-file=/run/weft/networks/default/dnsmasq.pid
dumpfile=/run/weft/networks/default/dnsmasq.alive
bind-interfaces
interface=virbr0
except-interface=lo
no-hosts
addn-hosts=/run/weft/networks/default/dnsmasq.names
no-resolv
domain-needed
local=//
servers-file=/run/weft/upstreams
local=/default.internal/
domain=default.internal
expand-hosts
local=/122.168.192.in-addr.arpa/
dhcp-range=192.168.122.100,192.168.122.199,255.255.255.0
no-ping
dhcp-ignore-clid
dhcp-no-override
dhcp-authoritative
dhcp-optsfile=/run/weft/networks/default/dnsmasq.options
dhcp-lease-max=256
dhcp-hostsfile=/run/weft/networks/default/dnsmasq.hosts
dhcp-leasefile=/var/lib/weft/leases/default.leases
EOF
mv -T /run/weft/networks/default/dnsmasq.conf.new /run/weft/networks/default/dnsmasq.conf

# from here on the guests of default get an answer
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
dnsmasq --conf-file=/run/weft/networks/default/dnsmasq.conf
rm -f /run/weft/networks/default/dnsmasq.alive

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
            "start": "192.168.122.100",
            "end": "192.168.122.199"
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
mv -T /run/weft/networks/default/live.json.new /run/weft/networks/default/live.json
