/** What a machine's NICs need of their networks: TAPs before QEMU starts, ports plugged in after, and the way back. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import { WeftError } from '../core/errors.ts'
import { guardSteps } from '../core/network/guard/plan-guard.ts'
import { freeInterfaceNames } from '../core/network/pick-address.ts'
import { dnsmasqSteps } from '../core/network/plan-dnsmasq.ts'
import { plugSteps, tapSteps, unplugSteps } from '../core/network/plan-port.ts'
import { portsOf, type PortSpec } from '../core/network/port.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import type { Step } from '../core/plan/plan.ts'
import { tapAlias } from '../core/vm/context.ts'
import type { NicSteps } from '../core/vm/plan-start.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import { getNetwork } from './find-network.ts'
import { liveNetwork } from './live-network.ts'
import { refuseMacvtap } from './network-ports.ts'
import type { App } from './ports.ts'

export const networksOf = (spec: VmSpec): string[] => [...new Set(spec.nics.map((nic) => nic.network))].sort()

/** `vnet0`, `vnet1`, ...: the first that nobody has. */
export function chooseTaps(spec: VmSpec, seen: SeenHost): InterfaceName[] {
  return freeInterfaceNames('vnet', spec.nics.length, seen)
}

export function refuseInactiveNetworks(app: App, spec: VmSpec, seen: SeenHost): void {
  const inactive = networksOf(spec).find((name) => !isActive(seen, name))
  if (inactive === undefined) {
    for (const name of networksOf(spec))
      refuseMacvtap(liveNetwork(app, seen, name) ?? getNetwork(app, name).spec)
    return
  }
  getNetwork(app, inactive)
  throw new WeftError(
    'wrong-state',
    `cannot start machine '${spec.name}': network '${inactive}' is not active`,
    {
      hint: `weft net start ${inactive}`,
    },
  )
}

export function nicSteps(app: App, spec: VmSpec, taps: readonly InterfaceName[], seen: SeenHost): NicSteps {
  const owner = app.facts.qemuUser.owner
  const before = spec.nics.flatMap((nic, i) =>
    tapSteps(
      {
        interface: tapAt(taps, i),
        mac: nic.mac,
        owner,
        alias: tapAlias(spec.name, i),
        mtu: liveNetwork(app, seen, nic.network)?.mtu,
      },
      seen,
    ),
  )
  const ports = spec.nics.map((nic, i) => portOf(spec, nic, tapAt(taps, i)))
  const plugs = networksOf(spec).flatMap((name) => {
    const network = liveNetwork(app, seen, name)
    const mine = ports.filter((port) => port.network === name)
    return network === undefined ? [] : [{ network, mine }]
  })
  return {
    before,
    meanwhile: plugs.flatMap(({ network, mine }) => {
      const all = [...portsOf(network.name, seen, app.facts), ...mine]
      return [...dnsmasqSteps(network, all, seen, app.facts), ...guardSteps(network, all, seen)]
    }),
    plug: plugs.flatMap(({ network, mine }) =>
      mine.flatMap((port) => plugSteps(port, network, seen, app.facts)),
    ),
  }
}

/** Every TAP that carries the machine's mark, whatever its definition says by now. */
export function unplugNicSteps(app: App, name: string, spec: VmSpec | undefined, seen: SeenHost): Step[] {
  const mark = `weft:vm:${name}:nic`
  const taps = seen.links.filter((link) => link.alias?.startsWith(mark) === true)
  const plugs = taps.flatMap((link) => {
    const nic = spec?.nics[Number(link.alias?.slice(mark.length))]
    const isKnown = nic !== undefined && liveNetwork(app, seen, nic.network) !== undefined
    return isKnown && spec !== undefined ? [portOf(spec, nic, link.name)] : []
  })
  const unplug = [...new Set(plugs.map((port) => port.network))].flatMap((network) => {
    const live = liveNetwork(app, seen, network)
    const mine = plugs.filter((port) => port.network === network)
    return live === undefined ? [] : unplugAllSteps(app, live, mine, seen)
  })
  const known = new Set(plugs.map((port) => port.interface))
  const strays = taps.filter((link) => !known.has(link.name)).map((link) => deleteLinkStep(link.name))
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

/** Only the first NIC on a network is known by the machine's name, and only a name that DNS can have. */
function portOf(spec: VmSpec, nic: NicDevice, tap: InterfaceName): PortSpec {
  const isFirst = spec.nics.find((other) => other.network === nic.network) === nic
  const isName = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(spec.name)
  const port = { network: nic.network, interface: tap, mac: nic.mac }
  return isFirst && isName ? { ...port, hostName: spec.name } : { ...port, guest: spec.name }
}

function tapAt(taps: readonly InterfaceName[], position: number): InterfaceName {
  const tap = taps[position]
  if (tap === undefined) throw new WeftError('internal', `NIC ${String(position)} has no TAP`)
  return tap
}
