qemu-system-x86_64 -hda disk1.img -hdb disk2.img -cdrom debian.iso -boot once=d -m 1G -net none -vga virtio -display gtk,gl=on -usbdevice tablet -soundhw hda -k de -localtime
