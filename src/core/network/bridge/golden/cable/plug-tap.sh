#!/bin/sh
# change port 'vnet0' of network 'default'
# disturbs no guest
set -e

# a plug put in while STP is off need not wait 4 s for it
ip link set dev virbr0 type bridge stp_state 0

# the plug vnet0 is on: web has its addresses, leases and connections as before
ip link set dev vnet0 up

# the kernel has seen that vnet0 carries, and the switch lets it forward
sh \
  -c 'for i in $(seq 100); do case $(ip link show dev "$1") in *"state UP"* | *"state UNKNOWN"*) exit;; *LOWER_UP*) ;; *) [ $i -lt 10 ] || exit 0;; esac; sleep 0.1; done; exit 0' plug vnet0

# STP is on again and still finds loops
ip link set dev virbr0 type bridge stp_state 1

# web sees that the cable of nic0 is plugged in
# nc with -U is in the package netcat-openbsd
{ printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"set_link","arguments":{"name":"nic0","up":true},"id":"weft"}'; sleep 1; } | nc -N -U /run/weft/vms/web/qmp.sock | grep '"return".*"id": "weft"'

#!/bin/sh
# undo it
# disturbs no guest
set -e

# takes back: web sees that the cable of nic0 is plugged in
# nc with -U is in the package netcat-openbsd
{ printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"set_link","arguments":{"name":"nic0","up":false},"id":"weft"}'; sleep 1; } | nc -N -U /run/weft/vms/web/qmp.sock | grep '"return".*"id": "weft"'

# takes back: the plug vnet0 is on: web has its addresses, leases and connections as before
ip link set dev vnet0 down || [ $? -eq 1 ]

# takes back: a plug put in while STP is off need not wait 4 s for it
ip link set dev virbr0 type bridge stp_state 1
