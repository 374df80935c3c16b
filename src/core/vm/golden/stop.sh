#!/bin/sh
# stop machine 'web'
# cuts off web

# web stops at once
# cuts off web
pkill -KILL -F /run/weft/vms/web/qemu.pid -f -- '/run/weft/vms/web/monitor\.sock' 2>/dev/null || true

# web is over when its QEMU has gone
pkill -KILL -F /run/weft/vms/web/qemu.pid -f -- '/run/weft/vms/web/monitor\.sock' 2>/dev/null || true
for tenth in $(seq 50); do pgrep -F /run/weft/vms/web/qemu.pid -f -- '/run/weft/vms/web/monitor\.sock' >/dev/null 2>&1 || break; sleep 0.1; done
[ -z "$(pgrep -F /run/weft/vms/web/qemu.pid -f -- '/run/weft/vms/web/monitor\.sock' 2>/dev/null)" ]
rm -f /run/weft/vms/web/qemu.pid

# the control group of web goes with it
sh \
  -c 'n=0; while [ -d "$1" ] && ! rmdir "$1" 2>/dev/null; do n=$((n + 1)); [ $n -lt 300 ] || exec rmdir "$1"; sleep 0.01; done; rmdir "${1%/*}" 2>/dev/null || true' leave /sys/fs/cgroup/system.slice/weftd.service/weft/vm-web

# nothing of the running web is left
rm -rf /run/weft/vms/web
