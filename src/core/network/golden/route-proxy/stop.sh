#!/bin/sh
# stop network 'routed'
# disturbs no guest

# routed is not meant to run any more
rm -rf /run/weft/networks/routed/live.json

# no network needs this host to forward IPv4 any more: as it was before
sysctl -q -w net.ipv4.ip_forward=0

# given back, nothing to remember
rm -rf /run/weft/ip_forward.before

# no network is left for the firewall table to guard
nft -f - <<'EOF'
add table inet weft
delete table inet weft
EOF

# the switch of routed is switched off
ip link set dev virbr4 down || [ $? -eq 1 ]

# this host is no longer 10.78.0.1 to anybody
ip address delete 10.78.0.1/24 dev virbr4 || case $? in 1|2) ;; *) false ;; esac

# the bridge is given back as the kernel made it
sysctl -q -w net.ipv6.conf.virbr4.disable_ipv6=0

# nobody is plugged into routed any more: its bridge goes
ip link delete dev virbr4 || [ $? -eq 1 ]

# nothing generated for routed is left
rm -rf /run/weft/networks/routed
