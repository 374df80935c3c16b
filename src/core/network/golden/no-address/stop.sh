#!/bin/sh
# stop network 'plain'
# disturbs no guest

# plain is not meant to run any more
rm -rf /run/weft/networks/plain/live.json

# no network is left for the firewall table to guard
nft -f - <<'EOF'
add table inet weft
delete table inet weft
EOF

# the switch of plain is switched off
ip link set dev virbr3 down || [ $? -eq 1 ]

# the bridge is given back as the kernel made it
sysctl -q -w net.ipv6.conf.virbr3.disable_ipv6=0

# nobody is plugged into plain any more: its bridge goes
ip link delete dev virbr3 || [ $? -eq 1 ]

# nothing generated for plain is left
rm -rf /run/weft/networks/plain
