/usr/bin/kvm -nodefaults -no-user-config -uuid 11112222-3333-4444-5555-666677778888 --name db,process=qemu:db -m size=2048,slots=3,maxmem=8G \
 -machine pc-q35-7.2,usb=off,dump-guest-core=off -smp 2,maxcpus=4 -daemonize -pidfile /run/db.pid \
 -blockdev '{"driver":"file","filename":"/srv/db.qcow2","node-name":"f","cache":{"direct":true,"no-flush":false},"auto-read-only":true}' \
 -blockdev '{"node-name":"d","read-only":false,"driver":"qcow2","file":"f"}' \
 -device virtio-blk-pci,drive=d,id=virtio-disk0,bootindex=1,write-cache=on \
 -drive file=/srv/logs.raw,format=raw,if=none,id=logs,readonly=on,throttling.iops-total=500,throttling.bps-total=20971520 \
 -device virtio-blk-pci,drive=logs \
 -netdev bridge,id=n1,br=virbr0 -device e1000,netdev=n1 -boot menu=on,strict=on \
 -qmp unix:/run/db.qmp,server,nowait -runas nobody -sandbox on -device virtio-balloon-pci
