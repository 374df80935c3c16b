IMAGE="noble server.img"
SEED=seed.iso
qemu-system-x86_64 \
    -machine type=q35,accel=kvm:tcg \
    -m 4096 -nographic \
    -device virtio-net-pci,netdev=net0 \
    -netdev user,id=net0,hostfwd=tcp::2222-:22,hostfwd=tcp:127.0.0.1:8080-:80 \
    -drive "if=virtio,format=qcow2,file=$IMAGE" \
    -drive if=virtio,format=raw,file=${SEED},readonly=on \
    -object rng-random,filename=/dev/urandom,id=rng0 -device virtio-rng-pci,rng=rng0 \
    > boot.log 2>&1 &
