qemu-img create -f qcow2 HDA.img 10G
qemu-system-x86_64 -cdrom ~/Downloads/isos/archlinux-2024.12.01-x86_64.iso -hda HDA.img -boot d -cpu host -enable-kvm -smp 2 -m 2G
