qemu-system-x86_64 -machine q35 -m 4G -enable-kvm \
  -device vfio-pci,host=01:00.0,id=gpu,multifunction=on \
  -device vfio-pci,host=0000:01:00.1 \
  -device qemu-xhci -device usb-host,vendorid=0x0781,productid=0x5567 \
  -device usb-host,hostbus=1,hostport=2.3 -hda games.qcow2
