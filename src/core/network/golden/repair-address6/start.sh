#!/bin/sh
# start network 'default'
# disturbs no guest
set -e

# this host is fd77:122::1 to the guests of default: their gateway and name server
ip address add fd77:122::1/64 dev virbr0

# the switch is on
ip link set dev virbr0 up
