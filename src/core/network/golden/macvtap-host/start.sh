#!/bin/sh
# start network 'lan'
# disturbs no guest
set -e

# what is generated for lan has a place of its own
install -d -m 0755 /run/weft/networks/lan/ports

# lan runs: its guests are plugged into nic0, which stays as it is
install -m 0644 /dev/stdin /run/weft/lan.borrowed.new </dev/null
mv -T /run/weft/lan.borrowed.new /run/weft/lan.borrowed

# this host sits on nic0 beside the guests of lan: what they send never comes to nic0 itself
ip link add link nic0 name shim927f4393 address 02:c4:eb:e4:55:57 type macvlan mode bridge

# shim927f4393 tells nobody where this host is but those it has a route to
sysctl -q -w net.ipv4.conf.shim927f4393.arp_filter=1

# shim927f4393 takes neither addresses nor routes from a router of the LAN
sysctl -q -w net.ipv6.conf.shim927f4393.accept_ra=0

# only guests of lan hear shim927f4393, and it hears only them: to the LAN this host is on nic0 alone
nft -f - <<'EOF'
add table netdev weft_shim927f4393
delete table netdev weft_shim927f4393
add table netdev weft_shim927f4393
add chain netdev weft_shim927f4393 hears { type filter hook ingress device "shim927f4393" priority 0 ; policy drop ; }
add rule netdev weft_shim927f4393 hears arp saddr ip 192.0.2.224/28 accept
add rule netdev weft_shim927f4393 hears ip saddr 192.0.2.224/28 accept
add rule netdev weft_shim927f4393 hears ip6 saddr 2001:db8::e0/124 accept
add rule netdev weft_shim927f4393 hears ip6 saddr fe80::/10 ether daddr 02:c4:eb:e4:55:57 accept
add chain netdev weft_shim927f4393 leaves { type filter hook egress device "nic0" priority 0 ; policy accept ; }
add rule netdev weft_shim927f4393 leaves ether saddr 02:c4:eb:e4:55:57 drop
EOF

# shim927f4393 is marked, so that everybody can see whose it is, and switched on
ip link set dev shim927f4393 alias weft:shim:lan up

# to the guests of lan this host is 2001:db8::10 on shim927f4393 too
ip address add 2001:db8::10/128 dev shim927f4393 nodad noprefixroute

# 192.0.2.224/28 is with guests of lan, and they know this host as 192.0.2.10
ip route add 192.0.2.224/28 dev shim927f4393 src 192.0.2.10

# 2001:db8::e0/124 is with guests of lan, and they know this host as 2001:db8::10
ip -6 route add 2001:db8::e0/124 dev shim927f4393

# lan runs with this definition until it is stopped, whatever is defined meanwhile
install -m 0644 /dev/stdin /run/weft/networks/lan/live.json.new <<'EOF'
{
  "name": "lan",
  "uuid": "927f4393-3e4e-4a94-9e42-67c4ebe45557",
  "ips": [],
  "routes": [],
  "kept": [],
  "mode": "bridge",
  "devices": [
    "nic0"
  ],
  "hostReach": [
    {
      "address": "192.0.2.224",
      "prefix": 28
    },
    {
      "address": "2001:db8::e0",
      "prefix": 124
    }
  ]
}
EOF
mv -T /run/weft/networks/lan/live.json.new /run/weft/networks/lan/live.json
