#!/bin/sh
# start network 'default'
# disturbs no guest
set -e

# packets on default have at most 1400 bytes; guests hear of it when they renew their leases
ip link set dev virbr0 mtu 1400
