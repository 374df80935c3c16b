/** What a machine's NICs need of their networks: TAPs before QEMU starts, ports plugged in after, and the way back. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import { WeftError } from '../core/errors.ts'
import { freeInterfaceNames } from '../core/network/pick-address.ts'
import { planPortPlug, planPortUnplug, portsOf, tapSteps, unplugSteps } from '../core/network/plan-port.ts'
import type { PortSpec } from '../core/network/port.ts'
import { bridgeOf, type SeenHost } from '../core/network/seen.ts'
import type { Step } from '../core/plan/plan.ts'
import { tapAlias } from '../core/vm/context.ts'
import type { NicSteps } from '../core/vm/plan-start.ts'
import type { NicDevice, VmSpec } from '../core/vm/spec.ts'
import { getNetwork } from './find-network.ts'
import { liveNetwork } from './live-network.ts'
import type { App } from './ports.ts'

export const networksOf = (spec: VmSpec): string[] => [...new Set(spec.nics.map((nic) => nic.network))].sort()

/** `vnet0`, `vnet1`, ...: the first that nobody has. */
export function chooseTaps(spec: VmSpec, seen: SeenHost): InterfaceName[] {
  return freeInterfaceNames('vnet', spec.nics.length, seen)
}

export function refuseInactiveNetworks(app: App, spec: VmSpec, seen: SeenHost): void {
  const inactive = networksOf(spec).find((name) => bridgeOf(seen, name) === undefined)
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

export function nicSteps(app: App, spec: VmSpec, taps: readonly InterfaceName[], seen: SeenHost): NicSteps {
  const owner = app.facts.qemuUser.owner
  const before = spec.nics.flatMap((nic, i) =>
    tapSteps({ interface: tapAt(taps, i), mac: nic.mac, owner, alias: tapAlias(spec.name, i) }, seen),
  )
  const plugged = new Map<string, readonly PortSpec[]>()
  const plug = spec.nics.flatMap((nic, i) => {
    const port = portOf(spec, nic, tapAt(taps, i))
    const ports = plugged.get(nic.network) ?? portsOf(nic.network, seen, app.facts)
    plugged.set(nic.network, [...ports, port])
    const network = liveNetwork(app, seen, nic.network)
    return network === undefined ? [] : planPortPlug(port, network, ports, seen, app.facts).steps
  })
  return { before, plug }
}

/** Every TAP that carries the machine's mark, whatever its definition says by now. */
export function unplugNicSteps(app: App, name: string, spec: VmSpec | undefined, seen: SeenHost): Step[] {
  const mark = `weft:vm:${name}:nic`
  const left = new Map<string, readonly PortSpec[]>()
  return seen.links.flatMap((link) => {
    if (link.alias?.startsWith(mark) !== true) return []
    const nic = spec?.nics[Number(link.alias.slice(mark.length))]
    const network = nic === undefined ? undefined : liveNetwork(app, seen, nic.network)
    if (nic === undefined || spec === undefined || network === undefined) return [deleteLinkStep(link.name)]
    const port = portOf(spec, nic, link.name)
    if (bridgeOf(seen, nic.network) === undefined) return unplugSteps(port, network, seen, app.facts)
    const ports = left.get(nic.network) ?? portsOf(nic.network, seen, app.facts)
    left.set(
      nic.network,
      ports.filter((other) => other.interface !== link.name),
    )
    return planPortUnplug(port, network, ports, seen, app.facts).steps
  })
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
  return isFirst && isName ? { ...port, hostName: spec.name } : port
}

function tapAt(taps: readonly InterfaceName[], position: number): InterfaceName {
  const tap = taps[position]
  if (tap === undefined) throw new WeftError('internal', `NIC ${String(position)} has no TAP`)
  return tap
}
