#!/bin/sh
# stop network 'lan'
# disturbs no guest

# lan is not meant to run any more
rm -rf /run/weft/networks/lan/live.json

# lan does not run any more
rm -rf /run/weft/lan.borrowed

# nothing generated for lan is left
rm -rf /run/weft/networks/lan
