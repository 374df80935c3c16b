#!/bin/sh
# change port 'vport0' of network 'default'
# disturbs no guest
set -e

# packets reach box 0.5 % of them never
tc qdisc replace dev vport0 root handle 7ef2: netem limit 10000 loss 0.5%

#!/bin/sh
# undo it
# disturbs no guest
set -e

# takes back: packets reach box 0.5 % of them never
tc qdisc replace dev vport0 root handle 7ef1: tbf rate 10000000bit burst 65536b latency 50ms || case $? in 1|2) ;; *) false ;; esac
