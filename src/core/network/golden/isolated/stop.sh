#!/bin/sh
# stop network 'quiet'
# disturbs no guest

# quiet is not meant to run any more
rm -rf /run/weft/networks/quiet/live.json

# no network is left for the firewall table to guard
nft -f - <<'EOF'
add table inet weft
delete table inet weft
EOF

# the switch of quiet is switched off
ip link set dev virbr2 down || [ $? -eq 1 ]

# this host is no longer 10.77.0.1 to anybody
ip address delete 10.77.0.1/16 dev virbr2 || case $? in 1|2) ;; *) false ;; esac

# the bridge is given back as the kernel made it
sysctl -q -w net.ipv6.conf.virbr2.disable_ipv6=0

# nobody is plugged into quiet any more: its bridge goes
ip link delete dev virbr2 || [ $? -eq 1 ]

# nothing generated for quiet is left
rm -rf /run/weft/networks/quiet
