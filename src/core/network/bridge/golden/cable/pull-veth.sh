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
sh \
  -c 'ip link set dev "$2" type bridge stp_state 0; ip link set dev "$1" up; (for i in $(seq 100); do case $(ip link show dev "$1") in *"state UP"* | *"state UNKNOWN"*) exit;; *LOWER_UP*) ;; *) [ $i -lt 10 ] || exit 0;; esac; sleep 0.1; done; exit 0); ip link set dev "$2" type bridge stp_state 1' plug vport0 virbr0
