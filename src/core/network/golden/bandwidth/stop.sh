#!/bin/sh
# stop network 'default'
# disturbs no guest

# default is not meant to run any more
rm -rf /run/weft/networks/default/live.json

# no network needs this host to forward IPv4 any more: as it was before
sysctl -q -w net.ipv4.ip_forward=0

# given back, nothing to remember
rm -rf /run/weft/ip_forward.before

# no network is left for the firewall table to guard
nft -f - <<'EOF'
add table inet weft
delete table inet weft
EOF

# packets of default wait for nothing any more
tc filter delete dev virbr0 parent ffff: || case $? in 1|2) ;; *) false ;; esac

# packets of default wait for nothing any more
tc qdisc delete dev virbr0 ingress || case $? in 1|2) ;; *) false ;; esac

# packets of default wait for nothing any more
tc qdisc delete dev virbr0-in root || case $? in 1|2) ;; *) false ;; esac

# packets of default wait for nothing any more
ip link set dev virbr0-in down || [ $? -eq 1 ]

# packets of default wait for nothing any more
ip link delete dev virbr0-in || [ $? -eq 1 ]

# packets of default wait for nothing any more
tc qdisc delete dev virbr0 root || case $? in 1|2) ;; *) false ;; esac

# the switch of default is switched off
ip link set dev virbr0 down || [ $? -eq 1 ]

# this host is no longer 192.168.122.1 to anybody
ip address delete 192.168.122.1/24 dev virbr0 || case $? in 1|2) ;; *) false ;; esac

# the bridge is given back as the kernel made it
sysctl -q -w net.ipv6.conf.virbr0.disable_ipv6=0

# nobody is plugged into default any more: its bridge goes
ip link delete dev virbr0 || [ $? -eq 1 ]

# nothing generated for default is left
rm -rf /run/weft/networks/default
