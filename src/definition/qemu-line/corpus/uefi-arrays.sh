#!/usr/bin/env bash
VM=/vms
args=(
  -name guest=win11,debug-threads=on
  -machine q35,smm=on,vmport=off -accel kvm
  -cpu host,hv_relaxed,hv_vapic,hv_spinlocks=0x1fff
  -smp cores=4,threads=2
  -m 8G
  -global driver=cfi.pflash01,property=secure,value=on
  -drive "if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
  -drive "if=pflash,format=raw,unit=1,file=$VM/OVMF_VARS.fd"
  -device ahci,id=sata
  -drive "id=disk,if=none,format=qcow2,file=$VM/win11.qcow2"
  -device ide-hd,bus=sata.0,drive=disk,bootindex=2
  -drive "id=cd,if=none,media=cdrom,file=$VM/Win11.iso"
  -device ide-cd,bus=sata.1,drive=cd,bootindex=1
  -nic user,model=e1000e,mac=52:54:00:AA:BB:CC
  -chardev socket,id=chrtpm,path=/tmp/emulated_tpm/swtpm-sock
  -tpmdev emulator,id=tpm0,chardev=chrtpm -device tpm-tis,tpmdev=tpm0
  -device qemu-xhci,id=xhci -device usb-kbd,bus=xhci.0 -device usb-tablet,bus=xhci.0
  -device ich9-intel-hda -device hda-duplex
  -vga qxl -spice port=5930,disable-ticketing=on
  -device virtio-serial-pci -chardev spicevmc,id=vdagent,name=vdagent
  -device virtserialport,chardev=vdagent,name=com.redhat.spice.0
  -rtc base=localtime,clock=host,driftfix=slew
)
exec qemu-system-x86_64 "${args[@]}" "$@"
