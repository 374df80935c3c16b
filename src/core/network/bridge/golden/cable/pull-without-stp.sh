#!/bin/sh
# change port 'vport0' of network 'default'
# cuts off box
set -e

# the plug vport0 is off: box hears and reaches nobody, and sees that its cable is out
# cuts off box
ip link set dev vport0 down

#!/bin/sh
# undo it
# cuts off box
set -e

# takes back: the plug vport0 is off: box hears and reaches nobody, and sees that its cable is out
# cuts off box
ip link set dev vport0 up || [ $? -eq 1 ]
