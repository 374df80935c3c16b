#!/bin/sh
# stop machine 'web'

# web stops at once
pkill -KILL -F /run/weft/vms/web/qemu.pid -f -- '/run/weft/vms/web/qemu\.pid' 2>/dev/null || true

# web is over when its QEMU has gone
pkill -KILL -F /run/weft/vms/web/qemu.pid -f -- '/run/weft/vms/web/qemu\.pid' 2>/dev/null || true
for tenth in $(seq 50); do pgrep -F /run/weft/vms/web/qemu.pid -f -- '/run/weft/vms/web/qemu\.pid' >/dev/null 2>&1 || break; sleep 0.1; done
[ -z "$(pgrep -F /run/weft/vms/web/qemu.pid -f -- '/run/weft/vms/web/qemu\.pid' 2>/dev/null)" ]
rm -f /run/weft/vms/web/qemu.pid

# nothing of the running web is left
rm -rf /run/weft/vms/web
