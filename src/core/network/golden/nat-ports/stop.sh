#!/bin/sh
# stop network 'lab'
# disturbs no guest

# lab is not meant to run any more
rm -rf /run/weft/networks/lab/live.json

# nothing is forwarded for lab any more
nft -f - <<'EOF'
delete element inet weft from { "virbr1" : jump from_nat }
delete element inet weft to { "virbr1" : jump to_nat }
delete element inet weft same_bridge { "virbr1" . "virbr1" }
delete element inet weft clamped { "virbr1" }
delete element inet weft nat { "virbr1" }
delete element inet weft nat_ports { "virbr1" : jump ports_20000_29999 }
flush chain inet weft ports_20000_29999
delete chain inet weft ports_20000_29999
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
