#!/bin/sh
# stop network 'lan'
# disturbs no guest

# lan is not meant to run any more
rm -rf /run/weft/networks/lan/live.json

# shim927f4393 is switched off
ip link set dev shim927f4393 down || [ $? -eq 1 ]

# nobody is left whom shim927f4393 would have to be kept from
nft -f - <<'EOF'
add table netdev weft_shim927f4393
delete table netdev weft_shim927f4393
EOF

# this host sits beside nobody any more
ip link delete dev shim927f4393 || [ $? -eq 1 ]

# lan does not run any more
rm -rf /run/weft/lan.borrowed

# nothing generated for lan is left
rm -rf /run/weft/networks/lan
