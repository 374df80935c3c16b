env QEMU_AUDIO_DRV=none qemu-system-i386 -m 262144k -hda "C drive.img" -nic none -vga cirrus -serial none -parallel none -monitor telnet::45454,server,nowait
