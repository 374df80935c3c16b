/** Everything the doctor must find: how each fault is planted, whom it has to name, and what mends it where the doctor knows no command. */

export interface PlantedFault {
  /** As docs/reference/faults.md has it. */
  readonly kind: string
  /** What somebody has done. */
  readonly plant: string
  /** Part of what the doctor calls the culprit. */
  readonly culprit: string
  /** Where the doctor gives advice only: what somebody does who follows it. */
  readonly remedy?: string
  /** What somebody wanted: it is told only when he asks about that guest. */
  readonly isOwn?: true
}

export const FAULTS: readonly PlantedFault[] = [
  { kind: 'cable-pulled', plant: 'weft port set lab box --link down', culprit: 'vport0' },
  { kind: 'cable-pulled', plant: 'ip link set vport0 down', culprit: 'link vport0' },
  {
    kind: 'guest-end-down',
    plant: 'ip -n box link set eth0 down && ip -n box route flush dev eth0',
    culprit: 'eth0 in namespace box',
  },
  { kind: 'unplugged', plant: 'ip link set vport0 nomaster', culprit: 'vport0' },
  {
    kind: 'plugged-elsewhere',
    plant:
      'ip link add br-other type bridge && ip link set br-other up && ip link set vport0 master br-other',
    culprit: 'bridge br-other',
  },
  {
    kind: 'port-waits',
    plant:
      'ip link set virbr9 type bridge forward_delay 3000 && ip link set vport0 down && ip link set vport0 up',
    culprit: 'STP on virbr9',
  },
  { kind: 'port-isolated', plant: 'bridge link set dev vport0 isolated on', culprit: 'isolated on' },
  { kind: 'port-locked', plant: 'bridge link set dev vport0 locked on', culprit: 'locked on' },
  { kind: 'no-broadcast', plant: 'bridge link set dev vport0 bcast_flood off', culprit: 'bcast_flood off' },
  { kind: 'port-deaf', plant: 'bridge link set dev vport0 learning off flood off', culprit: 'learning off' },
  {
    kind: 'mac-elsewhere',
    plant: 'bridge fdb replace 52:54:00:00:00:11 dev vport1 master static sticky',
    culprit: 'fdb entry 52:54:00:00:00:11 on vport1',
  },
  { kind: 'switch-down', plant: 'ip link set virbr9 down', culprit: 'link virbr9' },
  { kind: 'switch-gone', plant: 'ip link delete virbr9', culprit: 'virbr9' },
  { kind: 'switch-mac', plant: 'ip link set virbr9 address 02:00:00:00:00:99', culprit: 'the MAC of virbr9' },
  { kind: 'switch-noarp', plant: 'ip link set virbr9 arp off', culprit: 'arp off' },
  { kind: 'address-gone', plant: 'ip address del 10.9.0.1/24 dev virbr9', culprit: '10.9.0.1' },
  {
    kind: 'arp-ignored',
    plant: 'sysctl -qw net.ipv4.conf.virbr9.arp_ignore=8',
    culprit: 'net.ipv4.conf.virbr9.arp_ignore',
  },
  {
    kind: 'ipv6-off',
    plant: 'sysctl -qw net.ipv6.conf.virbr9.disable_ipv6=1',
    culprit: 'net.ipv6.conf.virbr9.disable_ipv6',
  },
  {
    kind: 'dnsmasq-gone',
    plant: 'kill $(cat $WEFT_ROOT/run/weft/networks/lab/dnsmasq.pid)',
    culprit: 'dnsmasq of network lab',
  },
  {
    kind: 'dnsmasq-stopped',
    plant: 'kill -STOP $(cat $WEFT_ROOT/run/weft/networks/lab/dnsmasq.pid)',
    culprit: 'dnsmasq (pid',
  },
  {
    kind: 'dnsmasq-conf',
    plant: 'echo dhcp-ignore=tag:!known >> $WEFT_ROOT/run/weft/networks/lab/dnsmasq.conf',
    culprit: 'dnsmasq.conf',
  },
  {
    kind: 'guest-address',
    plant: 'ip -n box address flush dev eth0 scope global',
    culprit: 'eth0 in namespace box',
  },
  { kind: 'guest-no-route', plant: 'ip -n box route del default', culprit: 'namespace box' },
  {
    kind: 'guest-gateway',
    plant: 'ip -n box route replace default via 10.9.0.12 dev eth0',
    culprit: 'default route of namespace box',
  },
  {
    kind: 'guest-mac',
    plant: 'ip -n box link set eth0 address 02:00:00:00:00:77',
    culprit: 'the MAC of eth0',
  },
  {
    kind: 'wrong-neighbour',
    plant: 'ip neigh replace 10.9.0.11 lladdr 02:00:00:00:00:66 nud permanent dev virbr9',
    culprit: 'neighbour entry 10.9.0.11',
  },
  { kind: 'forwarding-off', plant: 'sysctl -qw net.ipv4.ip_forward=0', culprit: 'net.ipv4.ip_forward' },
  {
    kind: 'forwarding-off',
    plant: 'sysctl -qw net.ipv6.conf.all.forwarding=0',
    culprit: 'net.ipv6.conf.all.forwarding',
  },
  {
    kind: 'link-forwarding-off',
    plant: 'sysctl -qw net.ipv4.conf.virbr9.forwarding=0',
    culprit: 'net.ipv4.conf.virbr9.forwarding',
  },
  {
    kind: 'link-forwarding-off',
    plant: 'sysctl -qw net.ipv4.conf.isp.forwarding=0',
    culprit: 'net.ipv4.conf.isp.forwarding',
  },
  {
    kind: 'subnet-routed-elsewhere',
    plant: 'ip route add 10.9.0.0/25 dev isp',
    culprit: 'route 10.9.0.0/25 dev isp',
  },
  {
    kind: 'subnet-routed-elsewhere',
    plant: 'ip route add blackhole 10.9.0.11',
    culprit: 'route blackhole 10.9.0.11',
  },
  { kind: 'table-gone', plant: 'nft delete table inet weft', culprit: 'inet weft' },
  { kind: 'table-changed', plant: 'nft insert rule inet weft forward drop', culprit: 'inet weft' },
  {
    kind: 'not-translated',
    plant: 'nft delete element inet weft nat \'{ "virbr9" }\'',
    culprit: 'inet weft',
  },
  { kind: 'drift', plant: 'ip link set virbr9 type bridge stp_state 0', culprit: 'network lab' },
  {
    kind: 'way-refused',
    plant: 'ip route add unreachable default metric 50',
    culprit: 'route unreachable default metric 50',
  },
  {
    kind: 'policy-rule',
    plant: 'ip route add blackhole default table 77 && ip rule add from 10.9.0.0/24 table 77 priority 500',
    culprit: 'rule 500',
  },
  {
    kind: 'no-default-route',
    plant: 'ip route del default',
    culprit: 'routes of this host',
    remedy: 'ip route add default via 192.0.2.2 metric 100',
  },
  { kind: 'mtu-smaller', plant: 'ip link set isp mtu 1400', culprit: 'isp' },
  {
    kind: 'uplink-no-carrier',
    plant: 'ip -n isp link set eth0 down',
    culprit: 'cable of isp',
    remedy: 'ip -n isp link set eth0 up',
  },
  { kind: 'cable-gone', plant: 'ip link del vport0', culprit: 'somebody deleted vport0' },
  { kind: 'slow-queue', plant: 'weft port set lab box --rate 8kbit', culprit: 'queue tbf 7ef1:' },
  {
    kind: 'slow-queue',
    plant: 'tc qdisc replace dev vport0 root tbf rate 1kbit burst 1600 latency 50ms',
    culprit: 'queue tbf',
  },
  { kind: 'port-mtu', plant: 'ip link set vport0 mtu 600', culprit: 'the MTU of vport0' },
  {
    kind: 'dnsmasq-port-taken',
    plant:
      'pid=$(cat $WEFT_ROOT/run/weft/networks/lab/dnsmasq.pid); while kill $pid 2> /dev/null; do sleep 0.1; done; dnsmasq -C /dev/null -x /run/stranger.pid -R -h -z -a 10.9.0.1',
    culprit: 'dnsmasq (pid',
  },
  {
    kind: 'second-dhcp',
    plant:
      'printf "interface virbr9\\nstart 10.9.0.150\\nend 10.9.0.160\\nlease_file /run/udhcpd.leases\\npidfile /run/udhcpd.pid\\n" > /run/udhcpd.conf && touch /run/udhcpd.leases && busybox udhcpd /run/udhcpd.conf; sleep 0.3',
    culprit: '(pid',
  },
  {
    kind: 'range-exhausted',
    plant:
      'for n in 0 1 2 3; do echo "$(($(date +%s) + 3600)) 02:00:00:00:01:0$n 10.9.0.10$n * *"; done > $WEFT_ROOT/var/lib/weft/leases/lab.leases',
    culprit: 'DHCP range of network lab',
  },
  {
    kind: 'guest-mute',
    plant: 'ip -n box link set eth0 arp off && ip neigh flush dev virbr9',
    culprit: 'guest box',
    remedy: 'ip -n box link set eth0 arp on; ip neigh flush dev virbr9',
  },
  {
    kind: 'duplicate-address',
    plant:
      'ip -n box link set eth0 arp off && ip -n friend address add 10.9.0.11/24 dev eth0 && ip neigh del 10.9.0.11 dev virbr9 && ip netns exec friend busybox arping -q -c1 -U -I eth0 -s 10.9.0.11 10.9.0.1 || true',
    culprit: 'friend',
    remedy:
      'ip -n friend address del 10.9.0.11/24 dev eth0; ip -n box link set eth0 arp on; ip neigh flush dev virbr9',
  },
  {
    kind: 'subnet-taken',
    plant: 'ip link add vpn0 type bridge && ip address add 10.9.0.77/25 dev vpn0 && ip link set vpn0 up',
    culprit: 'address 10.9.0.77/25 of vpn0',
  },
  {
    kind: 'policy-rule',
    plant: 'ip route add default via 192.0.2.2 table 79 && ip rule add to 10.9.0.0/24 table 79 priority 600',
    culprit: 'rule 600: from all to 10.9.0.0/24',
  },
  {
    kind: 'router-mute',
    plant:
      'ip -n isp address del 192.0.2.2/24 dev eth0; ip neigh del 192.0.2.2 dev isp; busybox ping -c1 -W4 192.0.2.2 > /dev/null || true',
    culprit: 'router 192.0.2.2',
    remedy: 'ip -n isp address add 192.0.2.2/24 dev eth0; ip neigh del 192.0.2.2 dev isp || true',
  },
  {
    kind: 'uplink-down',
    plant: 'ip link set isp down',
    culprit: 'link isp',
    remedy: 'ip link set isp up; ip route add default via 192.0.2.2 metric 100',
  },
  {
    kind: 'no-name-server',
    plant: ': > $WEFT_ROOT/run/weft/upstreams',
    culprit: '/etc/resolv.conf',
    remedy: 'echo server=192.0.2.2 > $WEFT_ROOT/run/weft/upstreams',
  },
  {
    kind: 'name-server-loop',
    plant: 'echo server=10.9.0.1 > $WEFT_ROOT/run/weft/upstreams',
    culprit: 'nameserver 10.9.0.1',
    remedy: 'echo server=192.0.2.2 > $WEFT_ROOT/run/weft/upstreams',
  },
  {
    kind: 'name-server-gone',
    plant: 'echo server=127.0.0.9 > $WEFT_ROOT/run/weft/upstreams',
    culprit: 'nameserver 127.0.0.9',
    remedy: 'echo server=192.0.2.2 > $WEFT_ROOT/run/weft/upstreams',
  },
  {
    kind: 'policy-drops',
    plant:
      "nft 'table ip strict { chain strict_forward { type filter hook forward priority 0; policy drop; }; }'",
    culprit: "chain 'strict_forward' of table 'ip strict'",
  },
  {
    kind: 'policy-drops',
    plant:
      "nft 'table inet strict { chain strict_input { type filter hook input priority 0; policy drop; ct state established accept; }; }'",
    culprit: "chain 'strict_input' of table 'inet strict'",
  },
  {
    kind: 'policy-drops',
    plant: 'iptables -P FORWARD DROP',
    culprit: "chain 'FORWARD' of table 'ip filter'",
  },
  {
    kind: 'policy-drops',
    plant: 'iptables-legacy -P FORWARD DROP',
    culprit: "chain 'FORWARD' of table 'ip filter (iptables-legacy)'",
  },
  {
    kind: 'rule-drops',
    plant: 'iptables-legacy -I FORWARD -s 10.9.0.0/24 ! -d 192.0.2.0/24 -j DROP',
    culprit: "rule '-A FORWARD -s 10.9.0.0/24 ! -d 192.0.2.0/24 -j DROP' (number 1)",
  },
  {
    kind: 'rule-drops',
    plant:
      'iptables-legacy -t raw -A PREROUTING -i virbr9 -p udp -m comment --comment "no names" -m udp --dport 53 -j DROP',
    culprit: "table 'ip raw (iptables-legacy)', made by iptables",
  },
  {
    kind: 'rule-drops',
    plant:
      "nft 'table ip mine { chain inner { ip daddr 1.0.0.0/8 drop; }; chain outer { type filter hook forward priority 10; tcp dport 443 jump inner; }; }'",
    culprit: "rule 'ip daddr 1.0.0.0/8 drop' (handle",
  },
  {
    kind: 'rule-drops',
    plant:
      "nft 'table ip early { chain pre { type filter hook prerouting priority -300; ip saddr 10.9.0.11 tcp dport 443 drop; }; }'",
    culprit: "in chain 'pre' of table 'ip early'",
  },
  {
    kind: 'rule-drops',
    plant:
      'nft \'table inet late { chain post { type filter hook postrouting priority 300; oifname "isp" ip daddr != 192.0.2.0/24 drop; }; }\'',
    culprit: "in chain 'post' of table 'inet late'",
  },
  {
    kind: 'rule-drops',
    plant:
      'nft \'table inet back { chain answers { type filter hook forward priority 5; iifname "isp" drop; }; }\'',
    culprit: 'iifname "isp" drop',
  },
  {
    kind: 'rule-drops',
    plant:
      'nft \'table bridge switchboard { chain frames { type filter hook prerouting priority 0; iifname "vport0" ip protocol tcp drop; }; }\'',
    culprit: "table 'bridge switchboard'",
  },
  {
    kind: 'rule-drops',
    plant: "nft 'table inet dhcp { chain no { type filter hook input priority 0; udp dport 67 drop; }; }'",
    culprit: "'udp dport 67 drop'",
  },
  {
    kind: 'rule-drops',
    plant:
      "nft 'table inet names { chain out { type filter hook output priority 0; udp dport 53 reject; }; }'",
    culprit: "'udp dport 53 reject",
  },
  {
    kind: 'nat-elsewhere',
    plant:
      'nft \'table ip wrong { chain post { type nat hook postrouting priority 50; ip saddr 10.9.0.0/24 oifname "isp" snat to 198.51.100.7; }; }\'',
    culprit: 'snat to 198.51.100.7',
  },
  {
    kind: 'weft-denies',
    plant: 'weft rule set lab --guest box --out deny',
    culprit: "'out deny' of guest 'box'",
    isOwn: true,
  },
  {
    kind: 'weft-denies',
    plant: 'weft rule add lab deny out --guest box',
    culprit: "rule 'deny out' of guest 'box'",
    isOwn: true,
  },
]
