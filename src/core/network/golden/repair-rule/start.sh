#!/bin/sh
# start network 'default'
# disturbs no guest
set -e

# guests of default reach the outside through this host's address, and only answers come in
nft -f - <<'EOF'
add table inet weft
delete table inet weft
table inet weft {
	map from {
		type ifname : verdict
		elements = { "virbr0" : jump from_nat }
	}

	map to {
		type ifname : verdict
		elements = { "virbr0" : jump to_nat }
	}

	set same_bridge {
		type ifname . ifname
		elements = { "virbr0" . "virbr0" }
	}

	set clamped {
		type ifname
		elements = { "virbr0" }
	}

	set uplinks {
		type ifname . ifname
	}

	set nat {
		type ifname
		elements = { "virbr0" }
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
