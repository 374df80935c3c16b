#!/bin/sh
# change network 'default' while it runs
# cuts off box
set -e

# dnsmasq reads its configuration only when it starts; its leases stay
# a blip for box: what is asked or sent in that moment may have to be repeated; nobody is cut off
pkill -TERM -F /run/weft/networks/default/dnsmasq.pid -f -- '/run/weft/networks/default/dnsmasq\.conf' 2>/dev/null || true
for tenth in $(seq 20); do pgrep -F /run/weft/networks/default/dnsmasq.pid -f -- '/run/weft/networks/default/dnsmasq\.conf' >/dev/null 2>&1 || break; sleep 0.1; done
[ -z "$(pgrep -F /run/weft/networks/default/dnsmasq.pid -f -- '/run/weft/networks/default/dnsmasq\.conf' 2>/dev/null)" ]
rm -f /run/weft/networks/default/dnsmasq.pid

# this host is the router on default: a guest that says it is one is not believed
sysctl -q -w net.ipv6.conf.virbr0.accept_ra=0

# this host's IPv6 addresses on default can be used at once
sysctl -q -w net.ipv6.conf.virbr0.accept_dad=0

# default speaks IPv6 as well from here on
sysctl -q -w net.ipv6.conf.virbr0.disable_ipv6=0

# packets on default have at most 1400 bytes; guests hear of it when they renew their leases
ip link set dev virbr0 mtu 1400

# this host is fd77:122::1 to the guests of default: their gateway and name server
ip address add fd77:122::1/64 dev virbr0

# 10.90.0.0/16 is behind the guest at 192.168.122.10
ip route replace 10.90.0.0/16 via 192.168.122.10 dev virbr0 metric 5

# box sends packets of up to 1400 bytes
ip -n box link set dev eth0 mtu 1400

# vport0 carries packets of up to 1400 bytes
ip link set dev vport0 mtu 1400

# vport0 reaches this host and what is behind it, no longer its neighbours
# cuts off box
ip link set dev vport0 type bridge_slave isolated on

# guests of default reach the outside through this host's address, and only answers come in
nft -f - <<'EOF'
add chain inet weft ports_20000_29999
flush chain inet weft ports_20000_29999
add rule inet weft ports_20000_29999 meta l4proto { tcp, udp } masquerade to :20000-29999
add rule inet weft ports_20000_29999 masquerade
add element inet weft nat6 { "virbr0" }
add element inet weft nat_ports { "virbr0" : jump ports_20000_29999 }
EOF

# this host did not forward IPv6 before: noted, to be given back
install -m 0644 /dev/stdin /run/weft/ipv6_forwarding.before.new <<'EOF'
0
EOF
mv -T /run/weft/ipv6_forwarding.before.new /run/weft/ipv6_forwarding.before

# a host passes IPv6 packets on between virbr0 and its other links only when told to
sysctl -q -w net.ipv6.conf.all.forwarding=1

# dnsmasq gives the guests of default their addresses and answers for names
install -m 0644 /dev/stdin /run/weft/networks/default/dnsmasq.conf.new <<'EOF'
# DHCP and DNS of network default at 192.168.122.1, fd77:122::1, written by weft: changes are lost
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
local=/lab.example/
domain=lab.example
expand-hosts
local=/122.168.192.in-addr.arpa/
local=/0.0.0.0.0.0.0.0.2.2.1.0.7.7.d.f.ip6.arpa/
dhcp-range=192.168.122.100,192.168.122.199,255.255.255.0
no-ping
dhcp-ignore-clid
dhcp-no-override
dhcp-authoritative
dhcp-optsfile=/run/weft/networks/default/dnsmasq.options
dhcp-range=fd77:122::1,ra-names,64
enable-ra
dhcp-lease-max=256
dhcp-hostsfile=/run/weft/networks/default/dnsmasq.hosts
dhcp-leasefile=/var/lib/weft/leases/default.leases
EOF
mv -T /run/weft/networks/default/dnsmasq.conf.new /run/weft/networks/default/dnsmasq.conf

# guests of default are told how large its packets may be: 1400 bytes
install -m 0644 /dev/stdin /run/weft/networks/default/dnsmasq.options.new <<'EOF'
option:mtu,1400
EOF
mv -T /run/weft/networks/default/dnsmasq.options.new /run/weft/networks/default/dnsmasq.options

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
    },
    {
      "family": "ipv6",
      "cidr": {
        "address": "fd77:122::1",
        "prefix": 64
      },
      "prefixSpelling": "prefix"
    }
  ],
  "routes": [
    {
      "family": "ipv4",
      "destination": {
        "address": "10.90.0.0",
        "prefix": 16
      },
      "prefixSpelling": "prefix",
      "gateway": "192.168.122.10",
      "metric": 5
    }
  ],
  "kept": [],
  "nat": {
    "ipv6": true,
    "ports": {
      "start": 20000,
      "end": 29999
    }
  },
  "mtu": 1400,
  "domain": {
    "name": "lab.example"
  },
  "portsAreIsolated": true
}
EOF
mv -T /run/weft/networks/default/live.json.new /run/weft/networks/default/live.json
