nice -n 5 qemu-system-x86_64 -M pc -kernel ./vmlinuz -initrd /boot/initrd.img \
  -append "console=ttyS0 root=/dev/sda1 quiet" -display none -serial mon:stdio -no-reboot -m 512 -net nic,model=virtio -net user -accel tcg,thread=multi
