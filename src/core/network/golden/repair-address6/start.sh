#!/bin/sh
# start network 'default'
# disturbs no guest
set -e

# this host is fd77:122::1 to the guests of default: their gateway and name server
ip address add fd77:122::1/64 dev virbr0

# plugs that are switched on while STP is off need not wait 4 s for it
ip link set dev virbr0 type bridge stp_state 0

# the switch is on
ip link set dev virbr0 up

# STP is on again and still finds loops
ip link set dev virbr0 type bridge stp_state 1
