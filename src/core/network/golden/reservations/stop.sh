#!/bin/sh
# stop network 'lab'
# disturbs no guest

# lab is not meant to run any more
rm -rf /run/weft/networks/lab/live.json

# no network needs this host to forward IPv4 any more: as it was before
sysctl -q -w net.ipv4.ip_forward=0

# given back, nothing to remember
rm -rf /run/weft/ip_forward.before

# no network is left for the firewall table to guard
nft -f - <<'EOF'
add table inet weft
delete table inet weft
EOF

# the switch of lab is switched off
ip link set dev virbr1 down || [ $? -eq 1 ]

# this host is no longer 192.168.150.1 to anybody
ip address delete 192.168.150.1/24 dev virbr1 || case $? in 1|2) ;; *) false ;; esac

# the bridge is given back as the kernel made it
sysctl -q -w net.ipv6.conf.virbr1.disable_ipv6=0

# nobody is plugged into lab any more: its bridge goes
ip link delete dev virbr1 || [ $? -eq 1 ]

# nothing generated for lab is left
rm -rf /run/weft/networks/lab
