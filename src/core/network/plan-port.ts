/** Plugging machines' TAPs and namespaces' veth pairs into a network's bridge, and pulling them out. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { MacAddress } from '../address/mac.ts'
import type { HostFacts } from '../host/facts.ts'
import type { Owner } from '../plan/action.ts'
import { startPlan, stopPlan, type Plan, type Step } from '../plan/plan.ts'
import type { PortSpec } from './port.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** A TAP that outlives its QEMU's start: made by weft, opened by the owner. */
export interface TapSpec {
  readonly interface: InterfaceName
  /** The guest's MAC; the TAP's own is derived from it. */
  readonly mac: MacAddress
  readonly owner: Owner
  /** `weft:vm:NAME:nic0`. */
  readonly alias: string
}

/** A network namespace, by its name under /run/netns or by a process in it. */
export type Namespace = { readonly name: string } | { readonly pid: number }

/** A namespace as a guest: the port, and how it looks from inside. */
export interface NamespacePort extends PortSpec {
  /** `weft:port:NETWORK:PORTNAME` is the alias of the host's end. */
  readonly portName: string
  readonly namespace: Namespace
  /** The interface's name inside: `eth0`. */
  readonly insideName: InterfaceName
}

export function tapSteps(_tap: TapSpec, _seen: SeenHost): Step[] {
  return []
}

export function vethSteps(_port: NamespacePort, _network: NetworkSpec, _seen: SeenHost): Step[] {
  return []
}

/** The interface exists, is up and has carrier when these run. */
export function plugSteps(
  _port: PortSpec,
  _network: NetworkSpec,
  _seen: SeenHost,
  _facts: HostFacts,
): Step[] {
  return []
}

/** Deletes the TAP or veth and forgets the port. */
export function unplugSteps(
  _port: PortSpec,
  _network: NetworkSpec,
  _seen: SeenHost,
  _facts: HostFacts,
): Step[] {
  return []
}

/** `ports` are those already plugged in. */
export function planPortPlug(
  port: PortSpec,
  network: NetworkSpec,
  ports: readonly PortSpec[],
  _seen: SeenHost,
  _facts: HostFacts,
): Plan {
  return startPlan(`plug '${port.interface}' into network '${network.name}'${ports.length > 0 ? '' : ''}`, [])
}

/** veth, plug, dnsmasq: a namespace becomes a guest. */
export function planNamespacePlug(
  port: NamespacePort,
  network: NetworkSpec,
  _ports: readonly PortSpec[],
  _seen: SeenHost,
  _facts: HostFacts,
): Plan {
  return startPlan(`plug namespace '${port.portName}' into network '${network.name}'`, [])
}

/** `ports` are those plugged in now, this one included. */
export function planPortUnplug(
  port: PortSpec,
  network: NetworkSpec,
  _ports: readonly PortSpec[],
  _seen: SeenHost,
  _facts: HostFacts,
): Plan {
  return stopPlan(`unplug '${port.interface}' from network '${network.name}'`, [])
}

/** The ports of a network, from the notes kept in its run directory; those whose link is gone are left out. */
export function portsOf(_networkName: string, _seen: SeenHost, _facts: HostFacts): PortSpec[] {
  return []
}
