#!/bin/sh
# change port 'vport0' of network 'default'
# disturbs no guest
set -e

# packets reach box 80 ms late, 1 % of them never, no faster than 10 Mbit/s
tc qdisc replace dev vport0 root handle 7ef2: netem limit 10000 delay 80ms loss 1% rate 10000000bit

#!/bin/sh
# undo it
# disturbs no guest
set -e

# takes back: packets reach box 80 ms late, 1 % of them never, no faster than 10 Mbit/s
tc qdisc delete dev vport0 root || case $? in 1|2) ;; *) false ;; esac
