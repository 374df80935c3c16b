#!/bin/bash
# A bridge, a TAP on it, and a machine behind it.
set -e
ip link add br0 type bridge
ip tuntap add tap0 mode tap user me
ip link set tap0 master br0
ip link set br0 up && ip link set tap0 up
sudo qemu-system-x86_64 -enable-kvm -name web -m 2G -smp 4,sockets=1,cores=2,threads=2 \
  -drive file=/srv/web.qcow2,format=qcow2,if=virtio,cache=none,aio=native,discard=unmap \
  -netdev tap,id=n0,ifname=tap0,script=no,downscript=no,vhost=on \
  -device virtio-net-pci,netdev=n0,mac=52:54:00:12:34:56 \
  -vga std -vnc :0 -monitor stdio -usb -device usb-tablet
