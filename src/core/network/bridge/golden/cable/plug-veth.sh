#!/bin/sh
# change port 'vport0' of network 'default'
# disturbs no guest
set -e

# a plug put in while STP is off need not wait 4 s for it
ip link set dev virbr0 type bridge stp_state 0

# the plug vport0 is on: box has its addresses, leases and connections as before
ip link set dev vport0 up

# the kernel has seen that vport0 carries, and the switch lets it forward
sh \
  -c 'for i in 1 2 3 4 5 6 7 8 9 10; do ip link show dev "$1" | grep -q "state \(UP\|UNKNOWN\)" && exit; sleep 0.1; done; exit 0' plug vport0

# STP is on again and still finds loops
ip link set dev virbr0 type bridge stp_state 1

#!/bin/sh
# undo it
# disturbs no guest
set -e

# takes back: the plug vport0 is on: box has its addresses, leases and connections as before
ip link set dev vport0 down || [ $? -eq 1 ]

# takes back: a plug put in while STP is off need not wait 4 s for it
ip link set dev virbr0 type bridge stp_state 1
