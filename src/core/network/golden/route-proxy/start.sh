#!/bin/sh
# start network 'routed'
# disturbs no guest
set -e

# what is generated for routed has a place of its own
install -d -m 0755 /run/weft/networks/routed/ports

# a bridge is the virtual switch that guests of routed are plugged into
ip link add name virbr4 address 52:54:00:b8:c9:95 type bridge forward_delay 0 stp_state 1

# routed speaks IPv4 only: no IPv6 address appears on its bridge by itself
sysctl -q -w net.ipv6.conf.virbr4.disable_ipv6=1

# this host is 10.78.0.1 to the guests of routed: their gateway and name server
ip address add 10.78.0.1/24 broadcast 10.78.0.255 dev virbr4

# the switch is marked as routed's and switched on
ip link set dev virbr4 alias weft:network:routed up

# guests of routed reach the outside on nic0 and are reached from there, under their own addresses
nft -f - <<'EOF'
add table inet weft
delete table inet weft
table inet weft {
	map from {
		type ifname : verdict
		elements = { "virbr4" : jump from_route_device }
	}

	map to {
		type ifname : verdict
		elements = { "virbr4" : jump to_route_device }
	}

	set same_bridge {
		type ifname . ifname
		elements = { "virbr4" . "virbr4" }
	}

	set clamped {
		type ifname
		elements = { "virbr4" }
	}

	set uplinks {
		type ifname . ifname
		elements = { "virbr4" . "nic0" }
	}

	set nat {
		type ifname
	}

	set nat6 {
		type ifname
	}

	map nat_ranges {
		type ifname : interval ipv4_addr . inet_service
	}

	map nat_addresses {
		type ifname : interval ipv4_addr
	}

	map nat_ports {
		type ifname : verdict
	}

	map published {
		type inet_proto . inet_service : ipv4_addr . inet_service
	}

	map published_at {
		type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
	}

	set published_to {
		type ipv4_addr . inet_proto . inet_service
	}

	set published_from {
		type ipv4_addr . inet_proto . inet_service . ipv4_addr
		flags interval
	}

	map published6 {
		type inet_proto . inet_service : ipv6_addr . inet_service
	}

	map published6_at {
		type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service
	}

	set published6_to {
		type ipv6_addr . inet_proto . inet_service
	}

	set published6_from {
		type ipv6_addr . inet_proto . inet_service . ipv6_addr
		flags interval
	}

	chain from_nat {
		fib saddr . iif oif missing reject
	}

	chain from_nat_device {
		iifname . oifname != @uplinks reject
		fib saddr . iif oif missing reject
	}

	chain from_route {
		fib saddr . iif oif missing reject
	}

	chain from_route_device {
		iifname . oifname != @uplinks reject
		fib saddr . iif oif missing reject
	}

	chain from_isolated {
		reject
	}

	chain to_nat {
		reject
	}

	chain to_route_device {
		oifname . iifname != @uplinks reject
	}

	chain to_isolated {
		reject
	}

	chain source_nat {
		iifname . oifname @same_bridge return
		ip daddr { 224.0.0.0/4, 255.255.255.255 } return
		meta l4proto { tcp, udp } snat ip to iifname map @nat_ranges
		snat ip to iifname map @nat_addresses
		iifname vmap @nat_ports
		meta l4proto { tcp, udp } masquerade to :1024-65535
		masquerade
	}

	chain source_nat6 {
		iifname . oifname @same_bridge return
		ip6 daddr ff00::/8 return
		iifname vmap @nat_ports
		meta l4proto { tcp, udp } masquerade to :1024-65535
		masquerade
	}

	chain clamp {
		iifname @clamped tcp option maxseg size set rt mtu
		oifname @clamped tcp option maxseg size set rt mtu
	}

	chain publish {
		meta l4proto { tcp, udp } dnat ip to ip daddr . meta l4proto . th dport map @published_at
		meta l4proto { tcp, udp } dnat ip to meta l4proto . th dport map @published
		meta l4proto { tcp, udp } dnat ip6 to ip6 daddr . meta l4proto . th dport map @published6_at
		meta l4proto { tcp, udp } dnat ip6 to meta l4proto . th dport map @published6
	}

	chain let_in {
		ip daddr . meta l4proto . th dport @published_to accept
		ip daddr . meta l4proto . th dport . ip saddr @published_from accept
		ip6 daddr . meta l4proto . th dport @published6_to accept
		ip6 daddr . meta l4proto . th dport . ip6 saddr @published6_from accept
	}

	chain inward {
		iifname . oifname @same_bridge meta l4proto { tcp, udp } masquerade to :1024-65535
		ip saddr 127.0.0.0/8 meta l4proto { tcp, udp } masquerade to :1024-65535
	}

	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		ip daddr 127.0.0.0/8 return
		fib daddr type local jump publish
	}

	chain output {
		type nat hook output priority -100; policy accept;
		ip6 daddr ::1 return
		fib daddr type local jump publish
	}

	chain input {
		type filter hook input priority filter; policy accept;
		meta l4proto { tcp, udp } th dport 53 iifname . iifname @same_bridge fib daddr . iif type != local drop
		iifname . iifname @same_bridge ip daddr 127.0.0.0/8 ct direction original drop
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		ct status assured accept
		tcp flags syn jump clamp
		ct state established,related accept
		iifname . oifname @same_bridge accept
		iifname vmap @from
		ct status dnat jump let_in
		oifname vmap @to
	}

	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ct status dnat oifname . oifname @same_bridge goto inward
		meta nfproto ipv4 iifname @nat jump source_nat
		meta nfproto ipv6 iifname @nat6 jump source_nat6
	}
}
EOF

# this host did not forward IPv4 before: noted, to be given back
install -m 0644 /dev/stdin /run/weft/ip_forward.before.new <<'EOF'
0
EOF
mv -T /run/weft/ip_forward.before.new /run/weft/ip_forward.before

# a host passes IPv4 packets on between virbr4 and its other links only when told to
sysctl -q -w net.ipv4.ip_forward=1

# nobody on the cable of nic0 has one of these addresses: 10.78.0.10 and 2 more
sh \
  -c '[ "$(cat "/sys/class/net/$1/operstate")" = up ] || exit 0; device=$1; shift; routers=$(ip route show default dev "$device"; ip -6 route show default dev "$device"); macs=; for word in $routers; do case $word in *.*|*:*) macs="$macs $(ip neigh show "$word" dev "$device")" ;; esac; done; for ip; do ip neigh replace "$ip" dev "$device" use || exit 1; done; for twentieth in $(seq 100); do case $(ip neigh show dev "$device") in *INCOMPLETE*) sleep 0.05 ;; *) break ;; esac; done; taken=; for ip; do set -- $(ip neigh show "$ip" dev "$device"); case "$*" in *lladdr*) case $macs in *" $3 "*) ;; *) taken="$taken $ip ($3)" ;; esac ;; esac; ip neigh delete "$ip" dev "$device"; done; [ -z "$taken" ] || { echo "somebody has$taken" >&2; exit 1; }' free nic0 10.78.0.10 10.78.0.11 192.0.2.77

# 192.0.2.77 is with a guest of routed
ip -batch - <<'EOF'
route replace 192.0.2.77 dev virbr4
EOF

# this host answers on nic0 in place of the guests of routed, for 10.78.0.10 and 2 more and nothing else
ip -batch - <<'EOF'
neigh replace proxy 10.78.0.10 dev nic0
neigh replace proxy 10.78.0.11 dev nic0
neigh replace proxy 192.0.2.77 dev nic0
EOF

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
    }
  ],
  "routes": [],
  "kept": [],
  "forwardDevice": "nic0",
  "proxied": [
    {
      "start": "10.78.0.10",
      "end": "10.78.0.11"
    },
    {
      "start": "192.0.2.77",
      "end": "192.0.2.77"
    }
  ]
}
EOF
mv -T /run/weft/networks/routed/live.json.new /run/weft/networks/routed/live.json
