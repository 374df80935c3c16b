/** VLANs and a lossy cable, on a kernel that has them: the plans are typed there as anybody would type them. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import type { HostFacts } from '../../src/core/host/facts.ts'
import { pathsUnder } from '../../src/core/host/paths.ts'
import { impairmentSteps, UNIMPAIRED } from '../../src/core/network/bridge/impairment.ts'
import { planNamespacePlug } from '../../src/core/network/bridge/plan-port.ts'
import { seenRunning } from '../../src/core/network/golden-case.ts'
import { DEFAULT } from '../../src/core/network/golden-networks.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { planNetworkStop } from '../../src/core/network/plan-stop.ts'
import type { NamespacePort } from '../../src/core/network/port.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { startPlan } from '../../src/core/plan/plan.ts'
import { renderPlan } from '../../src/core/plan/render.ts'
import { runToolGuest } from '../support/tool-guest.ts'

const facts = { paths: pathsUnder('/'), dnsmasqUser: 'nobody' } as HostFacts
const SWITCH: NetworkSpec = {
  ...DEFAULT,
  name: 'floor',
  mode: 'isolated',
  ips: [],
  portgroups: [
    { name: 'office', isDefault: true, vlan: { tags: [{ id: 10 }] } },
    { name: 'lab', vlan: { tags: [{ id: 20 }] } },
    { name: 'both', vlan: { isTrunk: true, tags: [{ id: 10, nativeMode: 'untagged' }, { id: 20 }] } },
  ],
}
const running = seenRunning([SWITCH], facts)

const port = (number: number, portName: string, portgroup?: string): NamespacePort => ({
  network: SWITCH.name,
  interface: `vport${String(number)}` as InterfaceName,
  mac: `52:54:00:00:00:0${String(number)}` as MacAddress,
  portName,
  namespace: { name: portName },
  insideName: 'eth0' as InterfaceName,
  ...(portgroup === undefined ? {} : { portgroup }),
})
const PORTS = [port(0, 'desk'), port(1, 'chair'), port(2, 'bench', 'lab'), port(3, 'router', 'both')]

const tap = { interface: 'vport0', kind: 'noqueue', handle: '0:', impairment: undefined }
const LOSSY = { ...UNIMPAIRED, lossPercent: 100 }
const SCRIPTS = {
  start: planNetworkStart(SWITCH, seenRunning([], facts), facts, []),
  ...Object.fromEntries(
    PORTS.map((each, at) => [
      `plug-${each.portName}`,
      planNamespacePlug(each, SWITCH, PORTS.slice(0, at), running, facts),
    ]),
  ),
  lose: startPlan('lose all', impairmentSteps('vport0', LOSSY, tap, 'packets reach desk')),
  mend: startPlan(
    'lose none',
    impairmentSteps(
      'vport0',
      UNIMPAIRED,
      { ...tap, kind: 'netem', handle: '7ef2:', impairment: LOSSY },
      'packets reach desk',
    ),
  ),
  stop: planNetworkStop(SWITCH, running, facts, []),
}

const SCRIPT = `
ip link set lo up
for name in desk chair bench router; do ip netns add $name; done
bash -e /files/start
number=0
for name in desk chair bench router; do
  bash -e /files/plug-$name
  number=$((number + 1))
  ip -n $name addr add 192.0.2.$number/24 dev eth0
done
ip -n router addr add 198.51.100.4/24 dev eth0
ip -n router link add link eth0 name eth0.20 type vlan id 20
ip -n router addr del 192.0.2.4/24 dev eth0
ip -n router addr add 192.0.2.5/24 dev eth0.20
ip -n router link set eth0.20 up
ip -n desk addr add 198.51.100.1/24 dev eth0
ask() { if /programs/ip netns exec $1 busybox ping -c1 -W$3 $2 >/dev/null; then echo "$1 $2 yes"; else echo "$1 $2 no"; fi; }
echo "== vlans"
ask desk 192.0.2.2 20
ask desk 192.0.2.3 2
ask desk 198.51.100.4 20
ask router 192.0.2.3 20
ask router 192.0.2.1 2
echo "== cable"
bash -e /files/lose; ask chair 192.0.2.1 2
bash -e /files/mend; ask chair 192.0.2.1 20
tc qdisc show dev vport0
for name in desk chair bench router; do ip netns delete $name; done
bash -e /files/stop
echo "left: $(ip -o link | grep -c virbr)"
`

let said = ''
before(async () => {
  said = await runToolGuest({
    programs: ['bash', 'bridge', 'install', 'ip', 'nft', 'tc'],
    modules: ['veth', 'bridge', '8021q', 'nf_tables', 'sch_netem'],
    files: Object.fromEntries(Object.entries(SCRIPTS).map(([name, plan]) => [name, renderPlan(plan)])),
    script: SCRIPT,
  })
})

const answers = (heading: string): string[] =>
  [...(said.split(`== ${heading}\n`)[1]?.split('== ')[0] ?? '').matchAll(/^\w+ [\d.]+ (?:yes|no)$/gm)].map(
    ([line]) => line,
  )

test('guests of one VLAN hear each other, of two do not, and a trunk is in both', () => {
  assert.deepEqual(
    answers('vlans'),
    [
      'desk 192.0.2.2 yes',
      'desk 192.0.2.3 no',
      'desk 198.51.100.4 yes',
      'router 192.0.2.3 yes',
      'router 192.0.2.1 no',
    ],
    said,
  )
})

test('a cable that loses everything does, and is mended', () => {
  assert.deepEqual(answers('cable'), ['chair 192.0.2.1 no', 'chair 192.0.2.1 yes'], said)
  assert.doesNotMatch(said, /netem/)
  assert.match(said, /^left: 0$/m)
})
