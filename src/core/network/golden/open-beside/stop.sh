#!/bin/sh
# stop network 'open'
# disturbs no guest

# open is not meant to run any more
rm -rf /run/weft/networks/open/live.json

# the switch of open is switched off
ip link set dev virbr5 down || [ $? -eq 1 ]

# this host is no longer 10.79.0.1 to anybody
ip address delete 10.79.0.1/24 dev virbr5 || case $? in 1|2) ;; *) false ;; esac

# the bridge is given back as the kernel made it
sysctl -q -w net.ipv6.conf.virbr5.disable_ipv6=0

# nobody is plugged into open any more: its bridge goes
ip link delete dev virbr5 || [ $? -eq 1 ]

# nothing generated for open is left
rm -rf /run/weft/networks/open
