#!/bin/sh
# stop network 'routed'
# disturbs no guest

# routed is not meant to run any more
rm -rf /run/weft/networks/routed/live.json

# no network needs this host to forward IPv6 any more: as it was before
sysctl -q -w net.ipv6.conf.all.forwarding=0

# given back, nothing to remember
rm -rf /run/weft/ipv6_forwarding.before

# nothing is forwarded for routed any more
nft -f - <<'EOF'
delete element inet weft from { "virbr4" : jump from_route }
delete element inet weft same_bridge { "virbr4" . "virbr4" }
delete element inet weft clamped { "virbr4" }
EOF

# the switch of routed is switched off
ip link set dev virbr4 down || [ $? -eq 1 ]

# this host is no longer 2001:db8:78::1 to anybody
ip address delete 2001:db8:78::1/64 dev virbr4 || case $? in 1|2) ;; *) false ;; esac

# this host is no longer 10.78.0.1 to anybody
ip address delete 10.78.0.1/24 dev virbr4 || case $? in 1|2) ;; *) false ;; esac

# nobody is plugged into routed any more: its bridge goes
ip link delete dev virbr4 || [ $? -eq 1 ]

# nothing generated for routed is left
rm -rf /run/weft/networks/routed
