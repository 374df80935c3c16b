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
  -c 'for i in $(seq 100); do case $(ip link show dev "$1") in *"state UP"* | *"state UNKNOWN"*) exit;; *LOWER_UP*) ;; *) [ $i -lt 10 ] || exit 0;; esac; sleep 0.1; done; exit 0' plug vport0

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
