#!/bin/sh
# make the seed of machine 'web'
# disturbs no guest
set -e

# the seed of web lies where nobody but root and QEMU's user may look
install -d -m 0750 -o 0 -g 990 /run/weft/vms/web/seed

# cloud-init is told who this machine is and who may log in
install -m 0600 /dev/stdin /run/weft/vms/web/seed/meta-data.new <<'EOF'
instance-id: "6a2c4c1e-9d0b-4b8e-8f0e-3d6a0c1b2a01"
local-hostname: "web"
public-keys:
  - "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJb5bUXR8s4kU0bV1v2n5t3t2p0o8F0kq2f2m3nq0uQe \"ann\"@home"
EOF
mv -T /run/weft/vms/web/seed/meta-data.new /run/weft/vms/web/seed/meta-data

# cloud-init is told what its owner wants done
install -m 0600 /dev/stdin /run/weft/vms/web/seed/user-data.new </dev/null
mv -T /run/weft/vms/web/seed/user-data.new /run/weft/vms/web/seed/user-data

# cloud-init is told by what name the image's user goes
install -m 0600 /dev/stdin /run/weft/vms/web/seed/vendor-data.new <<'EOF'
#cloud-config
user:
  name: "debian"
EOF
mv -T /run/weft/vms/web/seed/vendor-data.new /run/weft/vms/web/seed/vendor-data

# cloud-init is told how each NIC gets its addresses
install -m 0600 /dev/stdin /run/weft/vms/web/seed/network-config.new <<'EOF'
version: 2
ethernets:
  nic0:
    match:
      macaddress: "52:54:00:00:00:01"
    dhcp4: true
    dhcp6: true
  nic1:
    match:
      macaddress: "52:54:00:00:00:02"
    dhcp4: false
    optional: true
EOF
mv -T /run/weft/vms/web/seed/network-config.new /run/weft/vms/web/seed/network-config

# the disk with that is root's; QEMU's user may only read it
install -m 0640 -o 0 -g 990 /dev/stdin /run/weft/vms/web/seed/seed.iso.new </dev/null
mv -T /run/weft/vms/web/seed/seed.iso.new /run/weft/vms/web/seed/seed.iso

# the guest of web finds all of that on a disk with the label CIDATA
xorriso \
  -as mkisofs \
  -quiet \
  -V CIDATA \
  -R \
  -J \
  -no-pad \
  --set_all_file_dates 1980010100000000 \
  --modification-date=1980010100000000 \
  -o /run/weft/vms/web/seed/seed.iso /run/weft/vms/web/seed/meta-data /run/weft/vms/web/seed/user-data /run/weft/vms/web/seed/vendor-data /run/weft/vms/web/seed/network-config
