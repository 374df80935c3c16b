/** A guest that counts: the topology of a host with networks, inside one virtual machine whose clock is its instruction counter. */
import type { InterfaceName } from '../src/core/address/interface-name.ts'
import type { MacAddress } from '../src/core/address/mac.ts'
import { runToolGuest } from '../test/support/tool-guest.ts'

export interface Ruleset {
  readonly name: string
  /** For `nft -f`; nothing for plain routing. */
  readonly nft: string
  /** The guest that sends: on the first network or on the last. */
  readonly guest: 'first' | 'last'
  /** A published port that leads to it: what is counted then is the first packet of a flow, from outside to the guest. */
  readonly calls?: number
}

export const DIRECTIONS = ['out', 'reply'] as const
export const PACKETS = 8192
/** Each from a socket of its own. */
const FLOWS = 512
/** The sender's MAC: who is guarded may not have another. */
export const SENDER = '52:54:00:00:00:99' as MacAddress
/** The host's way out. */
export const UPLINK = 'up0' as InterfaceName

const MODULES = [
  'veth',
  'bridge',
  'nf_tables',
  'nf_conntrack',
  'nft_ct',
  'nft_chain_nat',
  'nft_nat',
  'nft_masq',
  'nft_fib_inet',
  'nft_reject_inet',
  'nft_reject_bridge',
  'nft_meta_bridge',
  'nft_limit',
  'nf_flow_table',
  'nf_flow_table_inet',
  'nft_flow_offload',
] as const

/** What the guest prints: `counted RULESET DIRECTION INSTRUCTIONS`, and `refused RULESET` where its kernel cannot have one. */
export function countPackets(rulesets: readonly Ruleset[]): Promise<string> {
  return runToolGuest({
    programs: ['ip', 'nft', 'perl'],
    modules: MODULES,
    files: {
      'packets.pl': PACKETS_PL,
      ...Object.fromEntries(rulesets.map(({ nft }, index) => [String(index), nft])),
    },
    script: guestScript(rulesets),
    countsInstructions: true,
  })
}

const guestOf = (which: string, subnet: number): string => `
ip netns add ${which} && ip -n ${which} link set lo up
ip link add virbr${String(subnet)} type bridge
ip addr add 10.${String(subnet >> 8)}.${String(subnet & 255)}.1/24 dev virbr${String(subnet)}
ip link set virbr${String(subnet)} up
ip link add vnet${String(subnet)} type veth peer name eth0 address ${SENDER} netns ${which}
ip link set vnet${String(subnet)} master virbr${String(subnet)} up
ip -n ${which} addr add 10.${String(subnet >> 8)}.${String(subnet & 255)}.2/24 dev eth0
ip -n ${which} link set eth0 up
ip -n ${which} route add default via 10.${String(subnet >> 8)}.${String(subnet & 255)}.1
`

function guestScript(rulesets: readonly Ruleset[]): string {
  const runs = rulesets.flatMap(({ guest, calls }, index) =>
    calls === undefined
      ? DIRECTIONS.map((direction) => `run ${String(index)} ${guest} ${direction}`)
      : [`dial ${String(index)} ${guest} ${String(calls)}`],
  )
  return `
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link set lo up
ip netns add outside && ip -n outside link set lo up
ip link add ${UPLINK} type veth peer name eth0 netns outside
ip addr add 198.51.100.1/24 dev ${UPLINK}; ip link set ${UPLINK} up
ip -n outside addr add 198.51.100.2/24 dev eth0; ip -n outside link set eth0 up
ip -n outside route add 10.0.0.0/8 via 198.51.100.1
${guestOf('first', 0)}
${guestOf('last', 299)}
run() {
  nft flush ruleset
  [ -s /files/$1 ] && { nft -f /files/$1 || echo "refused $1"; }
  /programs/ip netns exec outside perl /files/packets.pl serve $3 $1 & server=$!
  /programs/ip netns exec $2 perl /files/packets.pl call $3 $1 & caller=$!
  if [ $3 = out ]; then wait $caller; kill $server; else wait $server; kill $caller; fi
  wait
}
dial() {
  nft flush ruleset
  [ -s /files/$1 ] && { nft -f /files/$1 || echo "refused $1"; }
  /programs/ip netns exec $2 perl /files/packets.pl sit $3 $1 & server=$!
  /programs/ip netns exec outside perl /files/packets.pl dial $3 $1
  kill $server; wait
}
${runs.join('\n')}`
}

/**
 * `call` and `serve` greet each other twice, so that the flow is established; then one of them sends, and nobody reads meanwhile: the way of the
 * packet is what is counted. Perl without its modules, so the kernel's own numbers: AF_INET and SOCK_DGRAM are 2, on x86-64
 * sendmmsg(2), with 64 packets a call, is 307 and clock_gettime(2) is 228. `dial` sends a packet each from many sockets to the host's port
 * of that number, and `sit` is what it leads to:
 * nobody reads while that is counted, and how many its buffer holds is told at the end (MSG_DONTWAIT is 0x40).
 */
const PACKETS_PL = String.raw`
my ($role, $direction, $run) = @ARGV;
my $port = 7000 + $run * 2 + ($direction eq 'reply');
sub address { pack('S n C4 x8', 2, $port, @_) }
sub nap { select(undef, undef, undef, $_[0]) }
sub count { printf "counted %d %s %.0f\n", $run, $_[0], $_[1] }
sub now { my $t = "\0" x 16; syscall(228, 1, $t); my ($s, $ns) = unpack('qq', $t); $s * 1e9 + $ns }
if ($role eq 'dial') {
  my @all = map { socket(my $one, 2, 2, 17) or die "socket: $!"; connect($one, pack('S n C4 x8', 2, $direction, 198, 51, 100, 1)); $one } 1..${String(FLOWS)};
  nap(0.2);
  send($_, 'h', 0) for splice(@all, 0, 64);
  my $from = now();
  send($_, 'h', 0) for @all;
  count('first', (now() - $from) / @all);
  exit;
}
socket(my $s, 2, 2, 17) or die "socket: $!";
if ($role eq 'sit') {
  $port = 80; bind($s, address(0, 0, 0, 0)) or die "bind: $!";
  $SIG{TERM} = sub { my $n = 0; $n++ while defined recv($s, my $hello, 64, 0x40); printf "arrived %d %d\n", $run, $n; exit };
  nap(600);
}
if ($role eq 'serve') {
  bind($s, address(0, 0, 0, 0)) or die "bind: $!";
  my $from;
  for (1..2) { $from = recv($s, my $hello, 64, 0); send($s, 'h', 0, $from); }
  connect($s, $from) or die "connect: $!";
  nap($direction eq 'reply' ? 0.05 : 600);
} else {
  connect($s, address(198, 51, 100, 2)) or die "connect: $!";
  for (1..100) {
    send($s, 'h', 0);
    my $bits = ''; vec($bits, fileno($s), 1) = 1;
    last if select($bits, undef, undef, 0.05) > 0 && defined recv($s, my $hello, 64, 0);
  }
  send($s, 'h', 0); recv($s, my $hello, 64, 0);
  nap(600) if $direction eq 'reply';
}
my $payload = 'x' x 64;
my $iov = pack('QQ', unpack('Q', pack('P', $payload)), 64);
my $all = pack('Q L x4 Q Q Q Q l x4 L x4', 0, 0, unpack('Q', pack('P', $iov)), 1, 0, 0, 0, 0) x 64;
sub flood { for (1..$_[0]) { syscall(307, fileno($s), $all, 64, 0) == 64 or die "sendmmsg: $!" } }
flood(32);
my $from = now();
flood(${String(PACKETS / 64)});
count($direction, (now() - $from) / ${String(PACKETS)});
`
