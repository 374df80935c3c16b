qemu-system-x86_64 -cdrom ~/Downloads/isos/archlinux-2024.12.01-x86_64.iso -boot d -cpu host -enable-kvm -smp 2 -m 2G
