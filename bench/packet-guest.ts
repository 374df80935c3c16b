/**
 * A guest that counts: the topology of a host with networks, inside one virtual machine whose clock is its instruction counter. It holds what
 * this machine has (ip, nft, perl, busybox, with their libraries) on the distribution's kernel.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { device, directory, file, formatCpio, program, type CpioEntry } from '../src/setup/cpio.ts'
import { findGuestKernel } from '../src/setup/guest-kernel.ts'
import { collectModules } from '../src/setup/kernel-modules.ts'
import { findProgram } from '../src/setup/packages.ts'

export interface Ruleset {
  readonly name: string
  /** For `nft -f`; nothing for plain routing. */
  readonly nft: string
  /** The guest that sends: on the first network or on the last. */
  readonly guest: 'first' | 'last'
}

export const DIRECTIONS = ['out', 'reply'] as const
export const PACKETS = 8192
/** The host's way out. */
const UPLINK = 'up0'

const PROGRAMS = ['ip', 'nft', 'perl', 'busybox'] as const
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
  'nft_limit',
  'nf_flow_table',
  'nf_flow_table_inet',
  'nft_flow_offload',
] as const

export async function buildPacketGuest(
  scratch: string,
  rulesets: readonly Ruleset[],
): Promise<{ readonly kernel: string; readonly initrd: Buffer }> {
  const kernel = await findGuestKernel(scratch)
  const modules = await collectModules(kernel.modules, MODULES)
  const entries: CpioEntry[] = [
    ...['dev', 'proc', 'sys', 'run', 'etc', 'bin', 'programs', 'modules', 'rules'].map(directory),
    device('dev/console', 5, 1),
    ...programs(),
    ...modules.map(({ name, content }) => ({ path: `modules/${name}.ko`, mode: 0o100644, content })),
    ...rulesets.map(({ nft }, index) => file(`rules/${String(index)}`, nft)),
    program(
      'init',
      initScript(
        modules.map(({ name }) => name),
        rulesets,
      ),
    ),
    file('packets.pl', PACKETS_PL),
  ]
  return { kernel: kernel.image, initrd: await promisify(gzip)(formatCpio(entries)) }
}

/** The programs, their libraries where the loader looks for them. */
function programs(): CpioEntry[] {
  const found = PROGRAMS.map((name) => ({ name, path: findProgram(name) ?? missing(name) }))
  const libraries = new Set(found.flatMap(({ path }) => librariesOf(path)))
  const folders = new Set([...libraries].flatMap(parentsOf))
  return [
    ...[...folders].sort().map(directory),
    ...[...libraries].map((path) => binary(path.slice(1), path)),
    ...found.map(({ name, path }) => binary(`programs/${name}`, path)),
  ]
}

function binary(path: string, from: string): CpioEntry {
  return { path, mode: 0o100755, content: readFileSync(realpathSync(from)) }
}

function librariesOf(path: string): string[] {
  try {
    const said = execFileSync('ldd', [path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return [...said.matchAll(/(\/\S+) \(0x/g)].flatMap(([, library]) => library ?? [])
  } catch {
    return [] // a static one
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(1, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

function missing(name: string): never {
  throw new Error(`the benchmark needs '${name}'`)
}

const guestOf = (which: string, subnet: number): string => `
ip netns add ${which} && ip -n ${which} link set lo up
ip link add virbr${String(subnet)} type bridge
ip addr add 10.${String(subnet >> 8)}.${String(subnet & 255)}.1/24 dev virbr${String(subnet)}
ip link set virbr${String(subnet)} up
ip link add vnet${String(subnet)} type veth peer name eth0 netns ${which}
ip link set vnet${String(subnet)} master virbr${String(subnet)} up
ip -n ${which} addr add 10.${String(subnet >> 8)}.${String(subnet & 255)}.2/24 dev eth0
ip -n ${which} link set eth0 up
ip -n ${which} route add default via 10.${String(subnet >> 8)}.${String(subnet & 255)}.1
`

function initScript(modules: readonly string[], rulesets: readonly Ruleset[]): string {
  const insert = modules.map((name) => `insmod /modules/${name}.ko`).join('\n')
  const runs = rulesets.flatMap(({ guest }, index) =>
    DIRECTIONS.map((direction) => `run ${String(index)} ${guest} ${direction}`),
  )
  return `#!/programs/busybox sh
/programs/busybox --install -s /bin
export PATH=/programs:/bin
ip() { /programs/ip "$@"; } # busybox would take its own
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs run /run
exec </dev/null >/dev/ttyS0 2>&1
${insert}
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
  [ -s /rules/$1 ] && { nft -f /rules/$1 || echo "refused $1"; }
  /programs/ip netns exec outside perl /packets.pl serve $3 $1 & server=$!
  /programs/ip netns exec $2 perl /packets.pl call $3 $1 & caller=$!
  if [ $3 = out ]; then wait $caller; kill $server; else wait $server; kill $caller; fi
  wait
}
${runs.join('\n')}
echo counted
poweroff -f
`
}

/**
 * `call` and `serve` greet each other twice, so that the flow is established; then one of them sends, and nobody reads meanwhile: the way of the
 * packet is what is counted. Perl without its modules, so the kernel's own numbers: AF_INET and SOCK_DGRAM are 2, on x86-64
 * sendmmsg(2), with 64 packets a call, is 307 and clock_gettime(2) is 228.
 */
const PACKETS_PL = String.raw`
my ($role, $direction, $run) = @ARGV;
my $port = 7000 + $run * 2 + ($direction eq 'reply');
sub address { pack('S n C4 x8', 2, $port, @_) }
sub nap { select(undef, undef, undef, $_[0]) }
sub now { my $t = "\0" x 16; syscall(228, 1, $t); my ($s, $ns) = unpack('qq', $t); $s * 1e9 + $ns }
socket(my $s, 2, 2, 17) or die "socket: $!";
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
printf "counted %d %s %.0f\n", $run, $direction, (now() - $from) / ${String(PACKETS)};
`
