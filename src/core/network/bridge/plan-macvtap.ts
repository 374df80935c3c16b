/**
 * Guests that sit on a NIC of the host instead of a switch: a machine with a macvtap, a namespace with a macvlan inside it. What they
 * send leaves through the NIC; whether they reach each other is the mode's to say, and this host they never reach.
 */
import type { InterfaceName } from '../../address/interface-name.ts'
import type { MacAddress } from '../../address/mac.ts'
import { portAlias } from '../../host/mark.ts'
import { run, type Action } from '../../plan/action.ts'
import { noUndo, type Step } from '../../plan/plan.ts'
import { disableIpv6Key } from './plan-bridge.ts'

import { type PortSpec, ipInside, type NamespacePort } from '../port.ts'
import type { SeenHost } from '../seen.ts'
import type { ForwardMode, NetworkSpec } from '../spec.ts'

/** The host's end of a machine's NIC. */
export interface MacvtapSpec {
  readonly interface: InterfaceName
  /** The NIC of the host it sits on. */
  readonly device: InterfaceName
  /** The guest's, and its own: the NIC knows by it what is for the guest. */
  readonly mac: MacAddress
  /** `weft:vm:NAME:nic0`. */
  readonly alias: string
}

/** What `ip` ends with when there is no such link, and when there is no such namespace any more. */
const GONE = [1, 255]

/** A network whose guests sit on NICs. */
export type NicNetwork = NetworkSpec & { readonly devices: readonly InterfaceName[] }

export function sitsOnNics(network: NetworkSpec): network is NicNetwork {
  return network.devices !== undefined
}

export type InsidePort = NamespacePort & { readonly device: InterfaceName }

/** A port that only its namespace sees: this host has no end of its cable. */
export function isInside(port: PortSpec | undefined): port is InsidePort {
  return port?.device !== undefined && 'insideName' in port
}

/** Before QEMU starts: it is handed the open device. */
export function macvtapSteps(tap: MacvtapSpec, { mode }: NetworkSpec, seen: SeenHost): Step[] {
  if (seen.links.some((link) => link.name === tap.interface && link.alias === tap.alias)) return []
  const { interface: name, device, mac, alias } = tap
  const because = noUndo(`it goes with ${name}`)
  return [
    {
      reason: `a macvtap is a guest's own place on ${device}: ${REACH[mode] ?? ''}`,
      do: run('ip', 'link', 'add', ...sitOn(device, name), 'type', 'macvtap', 'mode', kernelWord(mode)),
      undo: { ...run('ip', 'link', 'delete', 'dev', name), accept: [1] },
    },
    {
      reason: `${name} is the guest's alone; this host takes no address on it`,
      do: { kind: 'sysctl', key: disableIpv6Key(name), value: '1' },
      undo: because,
    },
    {
      // Else the NIC would keep back every multicast the host itself did not ask for, IPv6's neighbour discovery among them.
      reason: `${name} has the guest's MAC and hears its multicasts, is marked so that everybody can see whose it is, and switched on`,
      do: run('ip', 'link', 'set', 'dev', name, 'alias', alias, 'address', mac, 'allmulticast', 'on', 'up'),
      undo: because,
    },
  ]
}

export function macvlanSteps(port: NamespacePort, network: NetworkSpec, seen: SeenHost): Step[] {
  const { device, portName, insideName, namespace } = port
  if (device === undefined || seen.inside?.some((link) => link.name === port.interface) === true) return []
  const where = 'name' in namespace ? namespace.name : String(namespace.pid)
  const words = [...sitOn(device, insideName), 'netns', where] as const
  const alias = portAlias(network.name, portName)
  return [
    {
      reason: `a macvlan is ${portName}'s own place on ${device}: ${REACH[network.mode] ?? ''}`,
      do: run('ip', 'link', 'add', ...words, 'type', 'macvlan', 'mode', kernelWord(network.mode)),
      undo: removeInside(port),
    },
    {
      reason: `${insideName} inside ${portName} has its MAC, is marked, and switched on`,
      do: inside(port, 'link', 'set', 'dev', insideName, 'alias', alias, 'address', port.mac, 'up'),
      undo: noUndo('it goes with the macvlan'),
    },
  ]
}

export function removeInside(port: NamespacePort): Action {
  return { ...inside(port, 'link', 'delete', 'dev', port.insideName), accept: GONE }
}

/** Its guest stays, without a network. */
export function switchInside(port: NamespacePort, state: 'up' | 'down'): Action {
  return { ...inside(port, 'link', 'set', 'dev', port.insideName, state), accept: GONE }
}

function inside({ namespace }: NamespacePort, ...words: string[]): ReturnType<typeof run> {
  return { kind: 'run', argv: [...ipInside(namespace), ...words] }
}

const sitOn = (device: string, name: string): string[] => ['link', device, 'name', name]

const kernelWord = (mode: ForwardMode): string => (mode === 'passthrough' ? 'passthru' : mode)

const REACH: Partial<Record<ForwardMode, string>> = {
  bridge: 'its neighbours there reach it, this host does not',
  private: 'neither its neighbours there nor this host reach it',
  vepa: 'the switch behind it decides whether its neighbours there reach it',
  passthrough: "the NIC is the guest's alone",
}
