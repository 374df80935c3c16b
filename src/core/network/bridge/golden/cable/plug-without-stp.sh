#!/bin/sh
# change port 'vport0' of network 'default'
# disturbs no guest
set -e

# the plug vport0 is on: box has its addresses, leases and connections as before
ip link set dev vport0 up

#!/bin/sh
# undo it
# disturbs no guest
set -e

# takes back: the plug vport0 is on: box has its addresses, leases and connections as before
ip link set dev vport0 down || [ $? -eq 1 ]
