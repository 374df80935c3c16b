/** What a machine that runs needs so that a NIC comes, goes or moves: the steps between its QEMU and the switches. */
import { WeftError } from '../core/errors.ts'
import type { InterfaceName } from '../core/address/interface-name.ts'
import type { MacAddress } from '../core/address/mac.ts'
import { tapMac } from '../core/address/mac.ts'
import { tapAlias } from '../core/host/mark.ts'
import { bandwidthSteps } from '../core/network/bridge/plan-queue.ts'
import { plugSteps, unplugSteps } from '../core/network/bridge/plan-port.ts'
import { limitsOf } from '../core/network/bridge/port-limits.ts'
import { dnsmasqSteps } from '../core/network/dnsmasq/plan-dnsmasq.ts'
import { guardSteps } from '../core/network/guard/plan-guard.ts'
import { plugMtu } from '../core/network/mtu.ts'
import { forgetPortSteps, portsOf, type PortSpec } from '../core/network/port.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { run, type RunAction } from '../core/plan/action.ts'
import type { Step } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import {
  liveNoteStep,
  openTapStep,
  plugCableStep,
  plugCardStep,
  pullCableStep,
  takeOutSteps,
} from '../core/vm/plan-nic.ts'
import { lastSlot } from '../core/vm/qemu-topology.ts'
import { nicNumber } from '../core/vm/slots.ts'
import type { NicDevice } from '../core/vm/spec.ts'
import { holdToFilter } from './filters.ts'
import { liveNetwork } from './live-network.ts'
import type { App } from './ports.ts'
import { refuseFixedBus } from './refuse-plug.ts'
import { chooseTaps, nicSteps, portOf } from './vm-nics.ts'

/** The NIC has its slot already. */
export function attachLive(app: App, live: LiveVm, nic: NicDevice, seen: SeenHost): Step[] {
  refuseFixedBus(live.spec)
  refuseFull(live, nic)
  const ends = chooseTaps(app, { ...live.spec, nics: [nic] }, seen)
  if (ends.macvtaps.length > 0) throw needsStop(live, `network '${nic.network}' has no switch`)
  const mtus = [...live.spec.nics.map((_, i) => live.mtus?.[i]), ...ends.mtus]
  const after: LiveVm = {
    ...live,
    spec: { ...live.spec, nics: [...live.spec.nics, nic] },
    taps: [...live.taps, ...ends.taps],
    ...(mtus.every((mtu) => mtu === undefined) ? {} : { mtus }),
  }
  const { macvtaps = [], taps } = after
  const devices = macvtaps.flatMap(
    (name) => seen.links.find((link) => link.name === name)?.sitsOn?.device ?? [],
  )
  const all = nicSteps(app, after.spec, { taps, macvtaps, devices, mtus }, seen)
  const card = { live: after, position: taps.length - 1 }
  return [
    liveNoteStep(live, after, app.facts),
    ...all.before,
    ...all.serve,
    openTapStep(card, app.facts),
    ...all.plug,
    plugCardStep(card, app.facts),
    ...(nic.link === 'down' ? [pullCableStep(card, app.facts)] : []),
  ]
}

export function detachLive(app: App, live: LiveVm, mac: MacAddress, seen: SeenHost): Step[] {
  refuseFixedBus(live.spec)
  const card = cardOf(live, mac)
  const { position } = card
  const without = <T>(list: readonly T[]): T[] => list.filter((_, i) => i !== position)
  const after: LiveVm = {
    ...live,
    spec: { ...live.spec, nics: without(live.spec.nics) },
    taps: without(live.taps),
    ...(live.mtus === undefined ? {} : { mtus: without(live.mtus) }),
  }
  const port = switchedPort(app, live, position, seen)
  const network = liveNetwork(app, seen, port.network)
  return [
    liveNoteStep(live, after, app.facts),
    ...takeOutSteps(card, app.facts),
    ...(network === undefined ? [] : forgetSteps(app, port, network, seen)),
    removeTapStep(app, live, { port, network, position }, seen),
  ]
}

/** The NIC as it shall be: on another network, with the MAC it has. */
export function moveLive(app: App, live: LiveVm, nic: NicDevice, seen: SeenHost): Step[] {
  const card = cardOf(live, nic.mac)
  const { position } = card
  const after: LiveVm = {
    ...live,
    spec: { ...live.spec, nics: live.spec.nics.map((each, i) => (i === position ? nic : each)) },
  }
  const before = switchedPort(app, live, position, seen)
  const [old, next] = [liveNetwork(app, seen, before.network), liveNetwork(app, seen, nic.network)]
  if (next?.bridge === undefined) throw needsStop(live, `network '${nic.network}' has no switch of weft's`)
  if (old !== undefined && plugMtu(old, seen) !== plugMtu(next, seen))
    throw needsStop(live, `packets on '${nic.network}' are of another size than on '${before.network}'`)
  const others = portsOf(next.name, seen, app.facts)
  const moved = unnamedBeside(others, portOf(after.spec, nic, before.interface))
  const port = holdToFilter(app, moved, nic.filter, { network: next, seen })
  const ports = [...others, port]
  return [
    liveNoteStep(live, after, app.facts),
    pullCableStep(card, app.facts),
    ...(old === undefined ? [] : forgetSteps(app, before, old, seen)),
    leaveStep(before, old),
    ...dnsmasqSteps(next, ports, seen, app.facts),
    ...guardSteps(next, ports, seen),
    ...limitSteps(port, next, seen),
    ...plugSteps(port, next, seen, app.facts),
    plugCableStep(card, app.facts),
  ]
}

/** The machine's name belongs to the NIC that came first. */
function unnamedBeside(others: readonly PortSpec[], port: PortSpec): PortSpec {
  const { hostName, ...unnamed } = port
  if (hostName === undefined || others.every((other) => other.hostName !== hostName)) return port
  return { ...unnamed, guest: hostName }
}

/** plugSteps leaves a port alone whose limits somebody has chosen; those of the network it leaves go. */
function limitSteps(port: PortSpec, network: NetworkSpec, seen: SeenHost): Step[] {
  const { interface: name, hostName, guest = hostName ?? name } = port
  return bandwidthSteps({ interface: name, guest, isGuestsOwn: false }, limitsOf(port, network), seen)
}

function leaveStep({ interface: tap }: PortSpec, old: NetworkSpec | undefined): Step {
  const bridge = old?.bridge?.name
  return {
    reason: `${tap} leaves its switch`,
    do: run('ip', 'link', 'set', 'dev', tap, 'nomaster'),
    undo:
      bridge === undefined
        ? { kind: 'none', because: 'it was plugged into nothing' }
        : run('ip', 'link', 'set', 'dev', tap, 'master', bridge),
  }
}

/** Everybody who knew of the port hears that it goes; a network that has been stopped has nobody to tell. */
function forgetSteps(app: App, port: PortSpec, network: NetworkSpec, seen: SeenHost): Step[] {
  const forget = forgetPortSteps(network.name, port.interface, seen, app.facts)
  if (!isActive(seen, network.name)) return forget
  const rest = portsOf(network.name, seen, app.facts).filter((each) => each.interface !== port.interface)
  return [...guardSteps(network, rest, seen), ...dnsmasqSteps(network, rest, seen, app.facts), ...forget]
}

interface Plugged {
  readonly port: PortSpec
  readonly network: NetworkSpec | undefined
  readonly position: number
}

/** The last step. Its undo makes the same TAP again, for the QEMU that is given its NIC back. */
function removeTapStep(app: App, live: LiveVm, { port, network, position }: Plugged, seen: SeenHost): Step {
  const tap = port.interface
  const alias = tapAlias(live.spec.name, nicNumber(live.spec, position))
  const limits = network === undefined ? [] : unplugSteps(port, network, seen, app.facts)
  const [removal] = limits
  return {
    reason: removal?.reason ?? `${tap} goes`,
    do: { ...run('ip', 'link', 'delete', 'dev', tap), accept: [1] },
    undo: makeTap(app, tap, {
      alias,
      mac: port.mac,
      bridge: network?.bridge?.name,
      mtu: live.mtus?.[position],
    }),
  }
}

interface TapLikeness {
  readonly alias: string
  readonly mac: MacAddress
  readonly bridge: InterfaceName | undefined
  readonly mtu: number | undefined
}

function makeTap(app: App, tap: InterfaceName, { alias, mac, bridge, mtu }: TapLikeness): RunAction {
  const { uid, gid } = app.facts.qemuUser.owner
  const size = mtu === undefined ? '' : ` mtu ${String(mtu)}`
  const plug = bridge === undefined ? '' : ` master ${bridge}`
  const script = [
    'if [ -e "/sys/class/net/$1" ]; then exit 0; fi',
    `ip tuntap add dev "$1" mode tap user ${String(uid)} group ${String(gid)}`,
    'sysctl -q -w "net.ipv6.conf.$1.disable_ipv6=1"',
    `ip link set dev "$1" alias "$2" address ${tapMac(mac)}${size}${plug} up`,
  ]
  return run('sh', '-e', '-c', script.join('; '), 'tap', tap, alias)
}

function cardOf(live: LiveVm, mac: MacAddress): { live: LiveVm; position: number } {
  const position = live.spec.nics.findIndex((nic) => nic.mac === mac)
  if (position < 0) throw needsStop(live, `it runs without the NIC ${mac}, which its definition has`)
  return { live, position }
}

function switchedPort(app: App, live: LiveVm, position: number, seen: SeenHost): PortSpec {
  const [nic, tap] = [live.spec.nics[position], live.taps[position]]
  if (nic === undefined || tap === undefined) throw new WeftError('internal', 'a NIC without a TAP')
  if (live.macvtaps?.includes(tap) === true) throw needsStop(live, `network '${nic.network}' has no switch`)
  const noted = portsOf(nic.network, seen, app.facts).find((port) => port.interface === tap)
  return noted ?? portOf(live.spec, nic, tap)
}

/** A machine that an earlier weft has started has no ports to plug anything into. */
function refuseFull(live: LiveVm, { slot = 0 }: NicDevice): void {
  const isOld = live.spec.nics.some((nic) => nic.slot === undefined)
  if (isOld || slot > lastSlot(live.spec))
    throw needsStop(live, 'it was started with no more places to plug a NIC into')
}

function needsStop({ spec: { name } }: LiveVm, because: string): WeftError {
  return new WeftError(
    'needs-restart',
    `cannot change the NICs of machine '${name}' while it runs: ${because}`,
    {
      hint: `weft vm stop ${name}, and the same again`,
    },
  )
}
