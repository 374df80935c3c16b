/** Rule sets of others as those others make them, for hosts with networks of weft's: each stops some of what guests do. */

export interface ForeignSet {
  readonly load: string
  readonly unload: string
  /** Whose rule stops a packet from the guest 'web' to the outside. */
  readonly owner: string
  /** The share of questions that the judge can answer, where limits keep it from others. */
  readonly known?: number
}

const flushIptables = (...tables: string[]): string =>
  tables.map((table) => `nft delete table ip ${table}`).join('\n')

/** `docker0` and one container, with a port. */
const DOCKER = `
iptables-nft -P FORWARD DROP
for chain in DOCKER DOCKER-USER DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2; do iptables-nft -N $chain; done
iptables-nft -A FORWARD -j DOCKER-USER
iptables-nft -A FORWARD -j DOCKER-ISOLATION-STAGE-1
iptables-nft -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables-nft -A FORWARD -o docker0 -j DOCKER
iptables-nft -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
iptables-nft -A FORWARD -i docker0 -o docker0 -j ACCEPT
iptables-nft -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
iptables-nft -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
iptables-nft -A DOCKER-ISOLATION-STAGE-1 -j RETURN
iptables-nft -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
iptables-nft -A DOCKER-ISOLATION-STAGE-2 -j RETURN
iptables-nft -A DOCKER-USER -j RETURN
iptables-nft -t nat -N DOCKER
iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables-nft -t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
iptables-nft -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
iptables-nft -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8090 -j DNAT --to-destination 172.17.0.2:80
`

const UFW = `
iptables-nft -P INPUT DROP
iptables-nft -P FORWARD DROP
for chain in ufw-before-input ufw-user-input ufw-before-forward ufw-user-forward ufw-not-local ufw-reject-forward; do iptables-nft -N $chain; done
iptables-nft -A INPUT -j ufw-before-input
iptables-nft -A FORWARD -j ufw-before-forward
iptables-nft -A FORWARD -j ufw-reject-forward
iptables-nft -A ufw-before-input -i lo -j ACCEPT
iptables-nft -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables-nft -A ufw-before-input -m conntrack --ctstate INVALID -j DROP
iptables-nft -A ufw-before-input -p icmp --icmp-type destination-unreachable -j ACCEPT
iptables-nft -A ufw-before-input -p icmp --icmp-type echo-request -j ACCEPT
iptables-nft -A ufw-before-input -p udp --sport 67 --dport 68 -j ACCEPT
iptables-nft -A ufw-before-input -j ufw-not-local
iptables-nft -A ufw-before-input -d 224.0.0.251/32 -p udp --dport 5353 -j ACCEPT
iptables-nft -A ufw-before-input -j ufw-user-input
iptables-nft -A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
iptables-nft -A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
iptables-nft -A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
iptables-nft -A ufw-not-local -j DROP
iptables-nft -A ufw-user-input -p tcp -m multiport --dports 7000:7003,8080 -j ACCEPT
iptables-nft -A ufw-user-input -p udp -s 10.9.0.0/24 -j ACCEPT
iptables-nft -A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables-nft -A ufw-before-forward -p icmp --icmp-type echo-request -j ACCEPT
iptables-nft -A ufw-before-forward -j ufw-user-forward
iptables-nft -A ufw-user-forward -i virbr+ -p udp -d 192.0.2.0/24 -j ACCEPT
iptables-nft -A ufw-reject-forward -p tcp -m comment --comment "tcp is told" -j REJECT --reject-with tcp-reset
`

const FIREWALLD = `
nft -f - <<'RULES'
table inet firewalld {
  map zones { type ifname : verdict; flags interval; elements = { "outside" : goto filter_FORWARD_IN_public, "virbr0" : goto filter_FORWARD_IN_libvirt }; }
  chain mangle_PREROUTING { type filter hook prerouting priority mangle + 10; policy accept; jump mangle_PREROUTING_ZONES; }
  chain mangle_PREROUTING_ZONES { meta nfproto ipv4 ip saddr 198.51.100.0/24 meta mark set 0x10; meta mark 0x10 return; }
  chain filter_INPUT {
    type filter hook input priority filter + 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state invalid drop
    iifname vmap { "outside" : goto filter_IN_public, "virbr*" : goto filter_IN_libvirt }
    reject with icmpx admin-prohibited
  }
  chain filter_IN_public { tcp dport { 22, 7000-7002 } accept; meta l4proto { icmp, ipv6-icmp } accept; reject with icmpx admin-prohibited; }
  chain filter_IN_libvirt { meta l4proto { icmp, ipv6-icmp } accept; udp dport { 53, 67, 7000-7099 } accept; reject; }
  chain filter_FORWARD {
    type filter hook forward priority filter + 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state invalid drop
    ip6 daddr { ::/96, 2002::/24 } reject with icmpv6 addr-unreachable
    iifname vmap @zones
    reject with icmpx admin-prohibited
  }
  chain filter_FORWARD_IN_public { oifname "virbr3" udp dport >= 7000 accept; jump filter_log; reject with icmpx admin-prohibited; }
  chain filter_FORWARD_IN_libvirt { ip daddr . meta l4proto . th dport { 192.0.2.0/24 . udp . 7000-7099 } accept; oifname "virbr*" accept; jump filter_log; drop; }
  chain filter_log { limit rate 5/minute burst 5 packets log prefix "filter_FWD_REJECT: "; }
}
RULES
`

const PLAIN = `
nft -f - <<'RULES'
table inet filter {
  set lan { type ipv4_addr; flags interval; elements = { 192.0.2.0/24, 10.9.3.0/24 }; }
  chain forward {
    type filter hook forward priority -5; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    meta l4proto icmp icmp type echo-request limit rate over 1000/second drop
    ip saddr @lan tcp dport 7000-7999 accept
    tcp flags syn / fin,syn,rst,ack ip saddr 10.9.0.0/24 ip daddr != 192.0.2.0/24 accept
    ip protocol udp ip daddr 10.9.1.0/24 meta mark set 0x7 goto marked
    reject with icmpx admin-prohibited
  }
  chain marked { meta mark & 0x3 == 0x3 ip saddr & 255.255.255.1 == 10.9.0.1 accept; fib saddr type local accept; fib daddr . iif type != local jump { udp sport 1-1023 accept; ct direction original return; drop; }; reject; }
  chain pre { type nat hook prerouting priority dstnat - 1; policy accept; iifname "outside" ip daddr 192.0.2.1 udp dport 7001 dnat ip to 10.9.3.15:7000; }
  chain out { type filter hook output priority 0; policy accept; ip daddr 10.9.1.13 meta skuid != 12345 reject; }
}
RULES
`

/** What only the kernel's old tables know; weft's own rules let all of it through. */
const LEGACY = `
iptables-legacy -t raw -A PREROUTING -i virbr+ -s 10.9.0.12/32 -d 192.0.2.2/32 -p udp -j DROP
iptables-legacy -t mangle -A PREROUTING -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m iprange --src-range 10.9.0.11-10.9.0.12 -j MARK --set-xmark 0x70/0xf0
iptables-legacy -t mangle -A FORWARD -m mark --mark 0x70/0xf0 -d 192.0.2.0/24 -m comment --comment "no web" -j DROP
iptables-legacy -t nat -A PREROUTING -i outside -p tcp -m tcp --dport 8190 -j DNAT --to-destination 10.9.3.15:7000
iptables-legacy -N own
iptables-legacy -A INPUT -i virbr+ -p icmp -m icmp --icmp-type 8 -j own
iptables-legacy -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables-legacy -A FORWARD -i virbr+ -p icmp -d 192.0.2.2/32 -g own
iptables-legacy -A FORWARD -o virbr+ -i outside -p udp -m multiport --dports 7000:7002,7011 -j REJECT --reject-with icmp-admin-prohibited
iptables-legacy -A own -s 10.9.0.11/32 -j REJECT
iptables-legacy -A own ! -s 10.9.1.0/24 -j RETURN
iptables-legacy -A own -j DROP
ip6tables-legacy -A FORWARD -o virbr+ -p tcp -m tcp --dport 7011 -j DROP
`

const flushLegacy = ['iptables-legacy', 'ip6tables-legacy']
  .flatMap((program) =>
    ['filter', 'nat', 'mangle', 'raw'].flatMap((table) => [
      `${program} -w -t ${table} -F`,
      `${program} -w -t ${table} -X`,
    ]),
  )
  .concat('iptables-legacy -w -P FORWARD ACCEPT')
  .join('\n')

export const FOREIGN_SETS: Readonly<Record<string, ForeignSet>> = {
  Docker: { load: DOCKER, unload: flushIptables('filter', 'nat'), owner: 'Docker' },
  'Docker with iptables-legacy': {
    load: DOCKER.replaceAll('iptables-nft', 'iptables-legacy'),
    unload: flushLegacy,
    owner: 'Docker',
  },
  'old tables of the administrator': { load: LEGACY, unload: flushLegacy, owner: 'iptables' },
  ufw: { load: UFW, unload: flushIptables('filter'), owner: 'ufw' },
  firewalld: { load: FIREWALLD, unload: 'nft delete table inet firewalld', owner: 'firewalld' },
  'a table of the administrator': {
    load: PLAIN,
    unload: 'nft delete table inet filter',
    owner: 'stranger',
    known: 0.7,
  },
}
