/** What a machine's NICs need of their networks: TAPs before QEMU starts, ports plugged in after, and the way back. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import { WeftError } from '../core/errors.ts'
import { readMark, tapAlias } from '../core/host/mark.ts'
import { guardSteps } from '../core/network/guard/plan-guard.ts'
import type { SeenLink } from '../core/host/link.ts'
import { plugMtu } from '../core/network/mtu.ts'
import { freeInterfaceNames } from '../core/network/addresses/pick-address.ts'
import { dnsmasqSteps } from '../core/network/dnsmasq/plan-dnsmasq.ts'
import { macvtapSteps } from '../core/network/bridge/plan-macvtap.ts'
import { switchOffStep } from '../core/network/bridge/plan-cable.ts'
import { detourLeftoverSteps } from '../core/network/bridge/plan-queue.ts'
import { plugSteps, tapSteps, unplugSteps } from '../core/network/bridge/plan-port.ts'
import { limitsOf } from '../core/network/bridge/port-limits.ts'
import { portsOf, type PortSpec } from '../core/network/port.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { BandwidthSpec, NetworkSpec } from '../core/network/spec.ts'
import type { Step } from '../core/plan/plan.ts'
import { guestName, networksOf } from '../core/vm/nics.ts'
import { nicNumber } from '../core/vm/slots.ts'
import type { NicSteps } from '../core/vm/plan-start.ts'
import { MOST_MACVTAPS } from '../core/vm/qemu-process.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import { chooseDevice } from './choose-device.ts'
import type { PluggedNic } from './hooks.ts'
import { holdToFilter } from './filters.ts'
import { getNetwork } from './find-network.ts'
import { liveNetwork } from './live-network.ts'
import type { App } from './ports.ts'

/** The host's ends of a machine's NICs, in the spec's order. */
export interface NicEnds {
  readonly taps: readonly InterfaceName[]
  /** Those of them that are macvtaps: QEMU is handed them open. */
  readonly macvtaps: readonly InterfaceName[]
  /** The NICs of the host that those sit on, in their order. */
  readonly devices: readonly InterfaceName[]
  /** The MTU of each one's network; undefined is 1500. */
  readonly mtus: readonly (number | undefined)[]
}

/** `vnet0`, `vnet1`, ..., or `macvtap0`, ... on a network without a switch: the first that nobody has. */
export function chooseTaps(app: App, spec: VmSpec, seen: SeenHost): NicEnds {
  const devices: InterfaceName[] = []
  const names = freeInterfaceNames('vnet', spec.nics.length, seen)
  const seats = freeInterfaceNames('macvtap', spec.nics.length, seen)
  const taps = spec.nics.map(({ network }) => {
    const known = liveNetwork(app, seen, network) ?? app.networks.find(network)?.spec
    const device = known === undefined ? undefined : chooseDevice(known, seen, devices)
    const name = (device === undefined ? names : seats).shift()
    if (device !== undefined) devices.push(device)
    if (name === undefined) throw new WeftError('internal', `a NIC on '${network}' got no name`)
    return { name, device, mtu: known === undefined ? undefined : plugMtu(known, seen) }
  })
  const sitting = taps.filter(({ device }) => device !== undefined)
  if (sitting.length > MOST_MACVTAPS) {
    const message = `machine '${spec.name}' has ${String(sitting.length)} NICs on networks without a switch, and can have ${String(MOST_MACVTAPS)}`
    throw new WeftError('unsupported', message, { hint: 'put some of them on a network with a bridge' })
  }
  return {
    taps: taps.map(({ name }) => name),
    macvtaps: sitting.map(({ name }) => name),
    devices,
    mtus: taps.map(({ mtu }) => mtu),
  }
}

/** How fast packets may come to each NIC and from it, its port group considered. */
export function limitsOfNics(app: App, spec: VmSpec, seen: SeenHost): (BandwidthSpec | undefined)[] {
  return spec.nics.map((nic) => {
    const live = liveNetwork(app, seen, nic.network)
    return live === undefined ? nic.bandwidth : limitsOf(nic, live)
  })
}

export function refuseInactiveNetworks(app: App, spec: VmSpec, seen: SeenHost): void {
  const inactive = networksOf(spec).find((name) => !isActive(seen, name))
  if (inactive === undefined) return
  getNetwork(app, inactive)
  throw new WeftError(
    'wrong-state',
    `cannot start machine '${spec.name}': network '${inactive}' is not active`,
    {
      hint: `weft net start ${inactive}`,
    },
  )
}

export function nicSteps(app: App, spec: VmSpec, ends: NicEnds, seen: SeenHost): NicSteps {
  const ports = spec.nics.map((nic, i) => {
    const port = portOf(spec, nic, tapAt(ends.taps, i), ends)
    const network = liveNetwork(app, seen, nic.network)
    return network === undefined ? port : holdToFilter(app, port, nic.filter, { network, seen })
  })
  const out = new Set(ports.filter((_, i) => spec.nics[i]?.link === 'down').map((port) => port.interface))
  const before = ports.flatMap((port, i) =>
    endSteps(app, port, tapAlias(spec.name, nicNumber(spec, i)), seen),
  )
  const plugs = networksOf(spec).flatMap((name) => {
    const network = liveNetwork(app, seen, name)
    const mine = ports.filter((port) => port.network === name)
    return network === undefined ? [] : [{ network, mine }]
  })
  return {
    before,
    serve: plugs.flatMap(({ network, mine }) => {
      const ours = new Set(mine.map((port) => port.interface))
      const others = portsOf(network.name, seen, app.facts).filter((port) => !ours.has(port.interface))
      const all = [...others, ...mine]
      return [...dnsmasqSteps(network, all, seen, app.facts), ...guardSteps(network, all, seen)]
    }),
    plug: plugs.flatMap(({ network, mine }) =>
      mine.flatMap((port) => [
        ...plugSteps(port, network, seen, app.facts),
        ...(out.has(port.interface) ? [switchOffStep(port.interface, spec.name)] : []),
      ]),
    ),
  }
}

/** Its NICs on networks that run, for those who want to know. */
export function pluggedNics(
  app: App,
  spec: Pick<VmSpec, 'name' | 'uuid' | 'nics'>,
  seen: SeenHost,
): PluggedNic[] {
  const { name, uuid } = spec
  return spec.nics.flatMap(({ network, mac }) => {
    const live = liveNetwork(app, seen, network)
    return live === undefined ? [] : [{ network: live, port: { mac }, owner: { name, uuid } }]
  })
}

/** The host's end of one NIC. */
function endSteps(
  app: App,
  { interface: name, mac, network, device }: PortSpec,
  alias: string,
  seen: SeenHost,
): Step[] {
  const live = liveNetwork(app, seen, network)
  if (device !== undefined && live !== undefined)
    return macvtapSteps({ interface: name, device, mac, alias }, live, seen)
  const owner = app.facts.qemuUser.owner
  return tapSteps(
    { interface: name, mac, owner, alias, mtu: live === undefined ? undefined : plugMtu(live, seen) },
    seen,
  )
}

/** Every TAP that carries the machine's mark, whatever its definition says by now. */
export function unplugNicSteps(app: App, name: string, spec: VmSpec | undefined, seen: SeenHost): Step[] {
  const taps = seen.links.filter((link) => {
    const mark = readMark(link.alias)
    return mark?.kind === 'vm' && mark.machine === name
  })
  const plugs = taps.flatMap((link) => {
    const nic = spec?.nics.find((_, i) => tapAlias(name, nicNumber(spec, i)) === link.alias)
    const isKnown = nic !== undefined && liveNetwork(app, seen, nic.network) !== undefined
    return isKnown && spec !== undefined ? [unpluggedPort(spec, nic, link)] : []
  })
  const unplug = [...new Set(plugs.map((port) => port.network))].flatMap((network) => {
    const live = liveNetwork(app, seen, network)
    const mine = plugs.filter((port) => port.network === network)
    return live === undefined ? [] : unplugAllSteps(app, live, mine, seen)
  })
  const known = new Set(plugs.map((port) => port.interface))
  const strays = taps
    .filter((link) => !known.has(link.name))
    .flatMap((link) => [deleteLinkStep(link.name), ...detourLeftoverSteps(link.name, seen)])
  return [...unplug, ...strays]
}

/** On a network that has been stopped meanwhile there is nobody to tell. */
function unplugAllSteps(app: App, network: NetworkSpec, mine: readonly PortSpec[], seen: SeenHost): Step[] {
  const steps = mine.flatMap((port) => unplugSteps(port, network, seen, app.facts))
  if (!isActive(seen, network.name)) return steps
  const gone = new Set(mine.map((port) => port.interface))
  const rest = portsOf(network.name, seen, app.facts).filter((port) => !gone.has(port.interface))
  return [...steps, ...guardSteps(network, rest, seen), ...dnsmasqSteps(network, rest, seen, app.facts)]
}

function deleteLinkStep(name: InterfaceName): Step {
  return {
    reason: `${name} belonged to a machine that does not run`,
    do: { kind: 'run', argv: ['ip', 'link', 'delete', 'dev', name] },
    undo: { kind: 'none', because: 'a TAP nobody opens carries nothing' },
  }
}

export function portOf(spec: VmSpec, nic: NicDevice, tap: InterfaceName, ends?: NicEnds): PortSpec {
  const hostName = guestName(spec, nic)
  const device = ends?.devices[ends.macvtaps.indexOf(tap)]
  const place = device === undefined ? {} : { device }
  const { network, mac, portgroup, bandwidth, isIsolated } = nic
  const likeness = {
    ...(portgroup && { portgroup }),
    ...(bandwidth && { bandwidth }),
    ...(isIsolated && { isIsolated }),
  }
  const port = { network, interface: tap, mac, ...place, ...likeness }
  return hostName === undefined ? { ...port, guest: spec.name } : { ...port, hostName }
}

function unpluggedPort(spec: VmSpec, nic: NicDevice, { name, sitsOn }: SeenLink): PortSpec {
  const port = portOf(spec, nic, name)
  return sitsOn === undefined ? port : { ...port, device: sitsOn.device }
}

function tapAt(taps: readonly InterfaceName[], position: number): InterfaceName {
  const tap = taps[position]
  if (tap === undefined) throw new WeftError('internal', `NIC ${String(position)} has no TAP`)
  return tap
}
