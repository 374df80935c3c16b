/** Flowtables, on a kernel that has them: the plans are typed there as anybody would type them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathsUnder } from '../../src/core/host/paths.ts'
import type { HostFacts } from '../../src/core/host/facts.ts'
import { seenRunning } from '../../src/core/network/golden-case.ts'
import { DEFAULT, LAB } from '../../src/core/network/golden-networks.ts'
import { formatFastPathListing, parseFastPath } from '../../src/core/network/firewall/plan-fast-path.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { planNetworkStop } from '../../src/core/network/plan-stop.ts'
import type { SeenHost } from '../../src/core/network/seen.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { renderPlan } from '../../src/core/plan/render.ts'
import { runToolGuest } from '../support/tool-guest.ts'

const facts = { paths: pathsUnder('/'), dnsmasqUser: 'nobody' } as HostFacts

function seen(networks: readonly NetworkSpec[]): SeenHost {
  return { ...seenRunning(networks, facts), fastPath: { listing: formatFastPathListing(networks) } }
}

const both = seen([DEFAULT, LAB])
const SCRIPTS = {
  'start-default': planNetworkStart(DEFAULT, seen([]), facts, []),
  'start-lab': planNetworkStart(LAB, seen([DEFAULT]), facts, [DEFAULT]),
  'stop-lab': planNetworkStop(LAB, both, facts, [DEFAULT]),
  'stop-default': planNetworkStop(DEFAULT, seen([DEFAULT]), facts, []),
}

/** Greets back. Perl without its modules; AF_INET and SOCK_DGRAM are 2. */
const ECHO = String.raw`socket(my $s, 2, 2, 17); bind($s, pack('S n C4 x8', 2, 7, 0, 0, 0, 0));
while (my $from = recv($s, my $text, 64, 0)) { send($s, $text, 0, $from) }
`
const GREET = String.raw`socket(my $s, 2, 2, 17); connect($s, pack('S n C4 x8', 2, 7, 198, 51, 100, 2));
for (1..200) { send($s, 'hello', 0); my $bits = ''; vec($bits, fileno($s), 1) = 1;
  next unless select($bits, undef, undef, 0.2) > 0 && defined recv($s, my $text, 64, 0);
  print "answered $text\n"; last if ++$count == 4 }
`

const SCRIPT = `
ip link set lo up
ip netns add outside && ip netns add guest
ip link add eth0 type veth peer name eth0 netns outside
ip addr add 198.51.100.1/24 dev eth0 && ip link set eth0 up
ip -n outside addr add 198.51.100.2/24 dev eth0 && ip -n outside link set eth0 up
show() { echo "== $1"; nft list table inet weft_fast; echo "=="; }
bash -e /files/start-default; show first
bash -e /files/start-lab; show second
ip link add vport0 type veth peer name eth0 netns guest
ip link set vport0 master virbr0 up && ip link set virbr0 type bridge stp_state 0
ip -n guest addr add 192.168.122.2/24 dev eth0 && ip -n guest link set eth0 up
ip -n guest route add default via 192.168.122.1
/programs/ip netns exec outside perl /files/echo.pl & echo_server=$!
timeout 60 /programs/ip netns exec guest perl /files/greet.pl
grep -o 'dport=7 .*OFFLOAD' /proc/net/nf_conntrack
kill $echo_server
bash -e /files/stop-lab; show third
bash -e /files/stop-default
echo "left: $(nft list tables)."
`

test('established flows take the fast path; networks come to it and go, and the last leaves nothing', async () => {
  const said = await runToolGuest({
    programs: ['bash', 'install', 'ip', 'nft', 'perl'],
    modules: [
      ...['veth', 'bridge', 'nf_tables', 'nf_conntrack', 'nft_ct', 'nft_chain_nat', 'nft_nat', 'nft_masq'],
      ...['nft_fib_inet', 'nft_reject_inet', 'nf_flow_table', 'nf_flow_table_inet', 'nft_flow_offload'],
    ],
    files: {
      ...Object.fromEntries(Object.entries(SCRIPTS).map(([name, plan]) => [name, renderPlan(plan)])),
      'echo.pl': ECHO,
      'greet.pl': GREET,
    },
    script: SCRIPT,
  })
  const shown = (name: string): string => new RegExp(`^== ${name}\\n([^]*?)^==$`, 'm').exec(said)?.[1] ?? said
  assert.deepEqual(parseFastPath(shown('first')), { devices: ['virbr0'], bridges: ['virbr0'] }, said)
  assert.match(
    shown('first'),
    /priority filter \+ 10; policy accept;\s+ct state established iifname @bridges flow add @flows/,
  )
  assert.deepEqual(sorted(parseFastPath(shown('second'))?.devices), ['virbr0', 'virbr1'])
  assert.match(said, /answered hello/)
  assert.match(said, /dport=7 .*\[OFFLOAD/, said)
  assert.deepEqual(parseFastPath(shown('third')), { devices: ['virbr0'], bridges: ['virbr0'] })
  assert.match(said, /^left: \.$/m)
})

const sorted = (names: readonly string[] = []): string[] => [...names].sort()
