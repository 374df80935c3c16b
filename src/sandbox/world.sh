#!/bin/bash
# PID 1 of a sandbox: builds a small world out of network namespaces, then keeps it alive and reaps orphans.
#
#   outside ─────── router ─────── eth0, this host ─────── (weft's networks)
#   198.51.100.80   198.51.100.1   192.0.2.10
#                   192.0.2.1
#
# Runs as root in network, mount and PID namespaces of its own (`unshare --net --mount --pid --fork`), with /proc still the
# machine's. All addresses are from the ranges set aside for documentation. When this process ends, the kernel takes it all away.
set -eu
state=$1

# /proc still counts as the machine does, so this is the pid by which the sandbox is found and ended from outside. Field 22 of the
# part after the name is when it started: both together name this process for ever.
read -r stat < /proc/self/stat
rest=${stat##*) }
set -- $rest
printf '%s %s\n' "${stat%% *}" "${20}" > "$state/pid"

mount -t proc proc /proc
# An empty /run: named namespaces stay in here, and nothing in here can speak to the machine's systemd, D-Bus or docker.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/netns /run/lock
# A /sys that shows this world's links; the control groups are the machine's own.
mkdir -p /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
umount -R /run/cgroup
# Read-only, where machines would get groups of their own: a sandbox leaves nothing behind on the machine.
while read -r _ path type _; do
  if [ "$type" = cgroup2 ]; then mount -o remount,bind,ro "$path"; fi
done < /proc/mounts
# Distributions let everybody open it (a TAP still belongs to its owner); where only root may, QEMU without privileges could not.
if [ -e /dev/net/tun ]; then
  mknod -m 666 /run/tun c 10 200
  mount --bind /run/tun /dev/net/tun
fi

ip link set lo up
for space in router outside; do
  ip netns add "$space"
  ip -n "$space" link set lo up
done

# Names given in one step: a peer is moved to its namespace and renamed as it is made.
ip link add eth0 type veth peer name lan netns router
ip -n router link add wan type veth peer name eth0 netns outside

ip address add 192.0.2.10/24 dev eth0
ip link set eth0 up
ip -n router address add 192.0.2.1/24 dev lan
ip -n router link set lan up
ip -n router address add 198.51.100.1/24 dev wan
ip -n router link set wan up
ip -n outside address add 198.51.100.80/24 dev eth0
ip -n outside link set eth0 up

ip route add default via 192.0.2.1
ip -n outside route add default via 198.51.100.1
ip netns exec router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
# The router knows the way to private networks behind this host. So when the outside cannot reach a guest, it is the firewall that
# says no, and not a missing route.
ip -n router route add 192.168.0.0/16 via 192.0.2.10
ip -n router route add 172.16.0.0/12 via 192.0.2.10
ip -n router route add 10.0.0.0/8 via 192.0.2.10
echo 0 > /proc/sys/net/ipv4/ip_forward

# A name server on the router and a web server outside that tells each caller who it seems to be.
ip netns exec router dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces --interface=lan \
  --except-interface=lo --no-dhcp-interface=lan --pid-file="$state/dns.pid" --user=nobody \
  --address=/outside.example/198.51.100.80
mkdir -p "$state/www/cgi-bin"
echo 'hello from the outside' > "$state/www/index.html"
printf '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n%%s\\n" "$REMOTE_ADDR"\n' > "$state/www/cgi-bin/whoami"
chmod 755 "$state/www/cgi-bin/whoami"
ip netns exec outside busybox httpd -p 198.51.100.80:80 -h "$state/www"

# /etc/resolv.conf may be a link into /run, which is empty here: then its target is made, else the file is covered.
printf 'nameserver 192.0.2.1\n' > "$state/resolv.conf"
resolv=$(readlink -m /etc/resolv.conf)
case $resolv in
  /run/*) mkdir -p "${resolv%/*}" && cp "$state/resolv.conf" "$resolv" ;;
  *) if [ -e "$resolv" ]; then mount --bind "$state/resolv.conf" "$resolv"; fi ;;
esac

trap 'exit 0' TERM
echo ready
exec > "$state/log" 2>&1
# bash reaps whatever is orphaned while it waits.
while :; do
  sleep 86400 &
  wait $!
done
