#!/bin/sh
# change port 'vport0' of network 'default'
# disturbs no guest
set -e

# a plug put in while STP is off need not wait 4 s for it
ip link set dev virbr0 type bridge stp_state 0

# the plug vport0 is on: box has its addresses, leases and connections as before
ip link set dev vport0 up

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
