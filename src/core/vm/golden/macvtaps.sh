#!/bin/sh
# start machine 'web'
# disturbs no guest
set -e

# web has a directory for its sockets, which its QEMU may write to
install -d -m 1770 -o 0 -g 990 /run/weft/vms/web

# weft remembers what web was started with, whatever becomes of its definition
install -m 0644 /dev/stdin /run/weft/vms/web/live.json.new <<'EOF'
{
  "spec": {
    "name": "web",
    "uuid": "6a2c4c1e-9d0b-4b8e-8f0e-3d6a0c1b2a01",
    "cpus": 1,
    "memoryMiB": 128,
    "accelerator": "auto",
    "machine": "q35",
    "boot": [],
    "disks": [],
    "cdroms": [],
    "nics": [
      {
        "network": "lan",
        "mac": "52:54:00:00:00:01",
        "model": "virtio"
      },
      {
        "network": "default",
        "mac": "52:54:00:00:00:02",
        "model": "virtio"
      },
      {
        "network": "dmz",
        "mac": "52:54:00:00:00:03",
        "model": "virtio"
      }
    ]
  },
  "acceleration": {
    "kind": "tcg",
    "because": "there is no /dev/kvm"
  },
  "taps": [
    "macvtap0",
    "vnet0",
    "macvtap1"
  ],
  "macvtaps": [
    "macvtap0",
    "macvtap1"
  ],
  "group": "/sys/fs/cgroup/system.slice/weftd.service/weft/vm-web"
}
EOF
mv -T /run/weft/vms/web/live.json.new /run/weft/vms/web/live.json

# web has a control group, in which the kernel counts and can limit what it uses
install -d -m 0755 /sys/fs/cgroup/system.slice/weftd.service/weft/vm-web

# QEMU holds the machine, standing still (tcg), as 'weft-qemu' without any privilege
setsid \
  --wait sh \
  -c 'pid=$1 log=$2 group=$3; shift 3; trap '\''rm -rf "$at"'\'' EXIT; trap "exit 1" HUP INT TERM; at=; open() { at=$(mktemp -d /dev/weft.XXXXXX) && dev=$(cat /sys/class/net/"$1"/tap*/dev) && mknod "$at/tap" c "${dev%:*}" "${dev#*:}" && eval "exec $2<>$at/tap" && rm -rf "$at"; }; open macvtap0 3 && open macvtap1 4 && mkfifo "$log.pipe" || exit; dd bs=4k count=512 status=none <"$log.pipe" >"$log" 2>/dev/null 3<&- 4<&- & { echo 0 >"$group/cgroup.procs" && exec "$@"; } </dev/null >"$log.pipe" 2>&1 & echo $! >"$pid"' start /run/weft/vms/web/qemu.pid /run/weft/vms/web/qemu.log /sys/fs/cgroup/system.slice/weftd.service/weft/vm-web setpriv \
  --reuid=990 \
  --regid=990 \
  --groups=108 \
  --bounding-set=-all \
  --inh-caps=-all \
  --no-new-privs \
  -- qemu-system-x86_64 \
  -name guest=web \
  -uuid 6a2c4c1e-9d0b-4b8e-8f0e-3d6a0c1b2a01 \
  -machine q35,accel=tcg,graphics=off \
  -cpu max \
  -smp 1 \
  -m 128M \
  -no-user-config \
  -nodefaults \
  -rtc base=utc \
  -display none \
  -device VGA,id=video0,bus=pcie.0,addr=0x1 \
  -boot strict=on \
  -device pcie-root-port,id=port1,chassis=1,bus=pcie.0,addr=0x10.0x0,multifunction=on \
  -device pcie-root-port,id=port2,chassis=2,bus=pcie.0,addr=0x10.0x1 \
  -device pcie-root-port,id=port3,chassis=3,bus=pcie.0,addr=0x10.0x2 \
  -device pcie-root-port,id=port4,chassis=4,bus=pcie.0,addr=0x10.0x3 \
  -device pcie-root-port,id=port5,chassis=5,bus=pcie.0,addr=0x10.0x4 \
  -device pcie-root-port,id=port6,chassis=6,bus=pcie.0,addr=0x10.0x5 \
  -device pcie-root-port,id=port7,chassis=7,bus=pcie.0,addr=0x10.0x6 \
  -netdev tap,id=host-nic0,fd=3 \
  -device virtio-net-pci,id=nic0,netdev=host-nic0,mac=52:54:00:00:00:01,bus=port1,addr=0x0,bootindex=1 \
  -netdev tap,id=host-nic1,ifname=vnet0,script=no,downscript=no \
  -device virtio-net-pci,id=nic1,netdev=host-nic1,mac=52:54:00:00:00:02,bus=port2,addr=0x0,bootindex=2 \
  -netdev tap,id=host-nic2,fd=4 \
  -device virtio-net-pci,id=nic2,netdev=host-nic2,mac=52:54:00:00:00:03,bus=port3,addr=0x0,bootindex=3 \
  -object rng-builtin,id=rng0 \
  -device virtio-rng-pci,id=random0,rng=rng0,bus=pcie.0,addr=0x2 \
  -device virtio-balloon-pci,id=balloon0,free-page-reporting=on,bus=pcie.0,addr=0x3 \
  -chardev socket,id=serial0,path=/run/weft/vms/web/serial.sock,server=on,wait=off \
  -serial chardev:serial0 \
  -chardev socket,id=monitor,path=/run/weft/vms/web/monitor.sock,server=on,wait=off \
  -mon chardev=monitor,mode=control \
  -chardev socket,id=qmp,path=/run/weft/vms/web/qmp.sock,server=on,wait=off \
  -mon chardev=qmp,mode=control \
  -chardev socket,id=agent,path=/run/weft/vms/web/agent.sock,server=on,wait=off \
  -device virtio-serial-pci,id=channels,bus=pcie.0,addr=0x5 \
  -device virtserialport,id=agent0,bus=channels.0,chardev=agent,name=org.qemu.guest_agent.0 \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -S

# QEMU has everything that web needs and answers
for tenth in $(seq 300); do [ -S /run/weft/vms/web/qmp.sock ] && break; kill -0 "$(cat /run/weft/vms/web/qemu.pid)" 2>/dev/null || break; sleep 0.1; done
# nc with -U is in the package netcat-openbsd
{ printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"query-status","id":"weft"}'; sleep 1; } | nc -N -U /run/weft/vms/web/qmp.sock | grep '"return".*"id": "weft"' || { cat /run/weft/vms/web/qemu.log; false; } >&2

# the processors of web run
# nc with -U is in the package netcat-openbsd
{ printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"cont","id":"weft"}'; sleep 1; } | nc -N -U /run/weft/vms/web/qmp.sock | grep '"return".*"id": "weft"'
