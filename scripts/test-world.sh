#!/bin/bash
# PID 1 of the world one test file runs in: network, mount and PID namespaces of its own. Bash reaps what daemons leave behind;
# when this ends, the kernel takes away every link, rule, mount and process that is left.
set -eu
mount --make-rprivate /
# An empty /run: named namespaces stay in here, and nothing in here can speak to the machine's own daemons.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/netns /run/lock
# A /sys that shows this world's links; the control groups are the machine's own.
mkdir /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
umount -R /run/cgroup
# Where only root may open it (no udev), QEMU's user could not: a node of this world's own, as distributions have it.
if [ -e /dev/net/tun ]; then
  mknod -m 666 /run/tun c 10 200
  mount --bind /run/tun /dev/net/tun
fi
ip link set lo up
set +e
"$@"
# Not the last command: bash would become it, and nobody would reap.
code=$?
# Control groups are the machine's own: those of guests that still run would be left behind.
kill -KILL -1 2> /dev/null
for tenth in $(seq 20); do
  groups=$(find /sys/fs/cgroup -depth -type d -path "*${TMPDIR##*/}*")
  [ -z "$groups" ] && break
  rmdir $groups 2> /dev/null || sleep 0.1
done
exit $code
