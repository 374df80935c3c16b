qemu-system-x86_64 fedora.qcow2
