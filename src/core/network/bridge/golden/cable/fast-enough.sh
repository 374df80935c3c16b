#!/bin/sh
# change port 'vport0' of network 'default'
# disturbs no guest
set -e

# packets reach box no faster than 10000 Mbit/s
tc qdisc replace dev vport0 root handle 7ef1: tbf rate 10000000000bit burst 25000000b latency 50ms

#!/bin/sh
# undo it
# disturbs no guest
set -e

# takes back: packets reach box no faster than 10000 Mbit/s
tc qdisc delete dev vport0 root || case $? in 1|2) ;; *) false ;; esac
