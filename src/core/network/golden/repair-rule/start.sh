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

	chain input {
		type filter hook input priority filter; policy accept;
		meta l4proto { tcp, udp } th dport 53 iifname . iifname @same_bridge fib daddr . iif type != local drop
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		ct status assured accept
		tcp flags syn jump clamp
		ct state established,related accept
		iifname . oifname @same_bridge accept
		iifname vmap @from
		oifname vmap @to
	}

	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		meta nfproto ipv4 iifname @nat jump source_nat
		meta nfproto ipv6 iifname @nat6 jump source_nat6
	}
}
EOF
