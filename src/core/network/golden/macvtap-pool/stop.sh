#!/bin/sh
# stop network 'lan'
# disturbs no guest

# lan does not run any more
rm -rf /run/weft/lan.borrowed

# lan has stopped: the definition it ran with is history
rm -rf /run/weft/networks/lan/live.json

# nothing generated for lan is left
rm -rf /run/weft/networks/lan
