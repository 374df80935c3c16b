#!/bin/sh
# change port 'vnet0' of network 'default'
# cuts off web
set -e

# packets reach web no faster than 0.512 Mbit/s
tc qdisc replace dev vnet0 root handle 7ef1: tbf rate 512000bit burst 65536b latency 50ms

# web sees that the cable of nic0 is out
# nc with -U is in the package netcat-openbsd
{ printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"set_link","arguments":{"name":"nic0","up":false},"id":"weft"}'; sleep 1; } | nc -N -U /run/weft/vms/web/qmp.sock | grep '"return".*"id": "weft"'

# the plug vnet0 is off: web hears and reaches nobody
# cuts off web
ip link set dev vnet0 down

#!/bin/sh
# undo it
# cuts off web
set -e

# takes back: the plug vnet0 is off: web hears and reaches nobody
# cuts off web
sh \
  -c 'ip link set dev "$2" type bridge stp_state 0; ip link set dev "$1" up; (for i in $(seq 100); do case $(ip link show dev "$1") in *"state UP"* | *"state UNKNOWN"*) exit;; *LOWER_UP*) ;; *) [ $i -lt 10 ] || exit 0;; esac; sleep 0.1; done; exit 0); ip link set dev "$2" type bridge stp_state 1' plug vnet0 virbr0

# takes back: web sees that the cable of nic0 is out
# nc with -U is in the package netcat-openbsd
{ printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"set_link","arguments":{"name":"nic0","up":true},"id":"weft"}'; sleep 1; } | nc -N -U /run/weft/vms/web/qmp.sock | grep '"return".*"id": "weft"'

# takes back: packets reach web no faster than 0.512 Mbit/s
tc qdisc delete dev vnet0 root || case $? in 1|2) ;; *) false ;; esac
