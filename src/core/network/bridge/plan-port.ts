/** Plugging machines' TAPs and namespaces' veth pairs into a network's bridge, and pulling them out. */
import type { InterfaceName } from '../../address/interface-name.ts'
import { formatIpv4Cidr } from '../../address/ipv4.ts'
import { tapMac, type MacAddress } from '../../address/mac.ts'
import type { HostFacts } from '../../host/facts.ts'
import { portAlias } from '../../host/mark.ts'
import { networkPortFile } from '../../host/paths.ts'
import { run, type Action, type Owner } from '../../plan/action.ts'
import { disrupts } from '../../plan/disruption.ts'
import { cannotUndo, noUndo, startPlan, stopPlan, type Plan, type Step } from '../../plan/plan.ts'
import { guardSteps } from '../guard/plan-guard.ts'
import { bridgeNameOf, ipv4Of, isForwarded } from '../ips.ts'
import { broadcastWords } from '../addresses/plan-address.ts'
import { disableIpv6Key } from './plan-bridge.ts'
import { plugMtu } from '../mtu.ts'
import { dnsmasqSteps } from '../dnsmasq/plan-dnsmasq.ts'
import { isInside, macvlanSteps, removeInside } from './plan-macvtap.ts'
import { isUnimpaired } from './impairment.ts'
import { bandwidthSteps, detourLeftoverSteps, DIRECTIONS, queueOf } from './plan-queue.ts'
import { portVlanSteps, vlanOf } from './plan-vlan.ts'
import { isIsolated, limitsOf } from './port-limits.ts'
import { FILE_MODE } from '../dnsmasq/plan-run-directory.ts'
import { forgetPortSteps, guestNames, ipInside, type NamespacePort, type PortSpec } from '../port.ts'
import { switchOf, type SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

/** A TAP that outlives its QEMU's start: made by weft, opened by the owner. */
export interface TapSpec {
  readonly interface: InterfaceName
  /** The guest's MAC; the TAP's own is derived from it. */
  readonly mac: MacAddress
  readonly owner: Owner
  /** `weft:vm:NAME:nic0`. */
  readonly alias: string
  /** The network's, where it is not 1500. */
  readonly mtu?: number | undefined
}

/** Before QEMU starts: it opens a TAP that is there, and needs no right to make one. */
export function tapSteps(tap: TapSpec, seen: SeenHost): Step[] {
  if (seen.links.some((link) => link.name === tap.interface && link.alias === tap.alias)) return []
  const owner = ['user', String(tap.owner.uid), 'group', String(tap.owner.gid)] as const
  return [
    {
      reason: "a TAP is the host's end of a guest's network cable; only QEMU's user may hold the other",
      do: run('ip', 'tuntap', 'add', 'dev', tap.interface, 'mode', 'tap', ...owner),
      undo: deleteLink(tap.interface),
    },
    ...hostEndSteps(tap.interface, tap.mac, tap.alias, tap.mtu),
  ]
}

/** Marked, silent, and on. A bridge takes the lowest MAC of its ports for its own, so a port's begins with fe. */
function hostEndSteps(name: string, guest: MacAddress, alias: string, mtu: number | undefined): Step[] {
  const size = mtu === undefined ? [] : ['mtu', String(mtu)]
  const mark = run('ip', 'link', 'set', 'dev', name, 'alias', alias, 'address', tapMac(guest))
  const because = noUndo(`it goes with ${name}`)
  return [
    {
      reason: 'the bridge speaks for the host; a plug in it needs no address of its own',
      do: { kind: 'sysctl', key: disableIpv6Key(name), value: '1' },
      undo: because,
    },
    {
      reason: `${name} is marked, so that everybody can see whose it is, and switched on`,
      do: { ...mark, argv: [...mark.argv, ...size, 'up'] },
      undo: because,
    },
  ]
}

/** A virtual cable: one end for the bridge, the other in the namespace, with address and gateway. */
export function vethSteps(port: NamespacePort, network: NetworkSpec, seen: SeenHost): Step[] {
  if (seen.links.some((link) => link.name === port.interface)) return []
  const { namespace, insideName } = port
  const mtu = plugMtu(network, seen)
  const where = 'name' in namespace ? namespace.name : String(namespace.pid)
  const peer = ['peer', 'name', insideName, 'address', port.mac, 'netns', where] as const
  return [
    {
      reason: `a veth pair is a cable: one end for the switch, the other is ${insideName} inside ${port.portName}`,
      do: run('ip', 'link', 'add', 'name', port.interface, 'type', 'veth', ...peer),
      undo: deleteLink(port.interface),
    },
    ...hostEndSteps(port.interface, port.mac, portAlias(network.name, port.portName), mtu),
    ...insideSteps(port, network, mtu),
  ]
}

function insideSteps(port: NamespacePort, network: NetworkSpec, mtu: number | undefined): Step[] {
  const ip = ipv4Of(network)
  const { portName, insideName } = port
  const inside = (reason: string, ...words: string[]): Step => ({
    reason,
    do: { kind: 'run', argv: [...ipInside(port.namespace), ...words] },
    undo: noUndo('it goes with the veth pair'),
  })
  const size = mtu === undefined ? [] : ['mtu', String(mtu)]
  const up = inside(`${portName} can send and receive`, 'link', 'set', 'dev', insideName, ...size, 'up')
  if (port.ip === undefined || ip === undefined) return [up]
  const cidr = { address: port.ip, prefix: ip.cidr.prefix }
  const address = ['address', 'add', formatIpv4Cidr(cidr), ...broadcastWords(cidr), 'dev', insideName]
  // `append` leaves a default route that is there already in charge.
  const route = ['route', 'append', 'default', 'via', ip.cidr.address, 'dev', insideName]
  return [
    inside(`${port.ip} is ${portName}'s address on the network`, ...address),
    up,
    ...(isForwarded(network)
      ? [inside(`${portName} reaches everything else through this host`, ...route)]
      : []),
  ]
}

/**
 * The interface exists, is up and has carrier when these run: then a port that is plugged in while STP is off forwards at once and
 * goes on doing so when STP is back (an edge port, in a switch's terms). Loops are still found afterwards.
 */
export function plugSteps(port: PortSpec, network: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  const bridge = switchOf(seen, network)
  const master = seen.links.find((link) => link.name === port.interface)?.master
  const note = recordSteps(port, network, seen, facts)
  if (port.device !== undefined) return [...note, ...limitSteps(port, network, seen)]
  if (bridge !== undefined && master === bridge.name) return note
  const bridgeName = bridgeNameOf(network) ?? ''
  const plug: Step = {
    reason: `${port.interface} is plugged into the switch of ${network.name}`,
    do: run('ip', 'link', 'set', 'dev', port.interface, 'master', bridgeName),
    undo: { ...run('ip', 'link', 'set', 'dev', port.interface, 'nomaster'), accept: [1] },
  }
  const isolate = isIsolated(port, network) ? [isolateStep(port)] : []
  const limits = limitSteps(port, network, seen)
  const vlans = portVlanSteps(port.interface, vlanOf(port, network))
  // What somebody else's bridge does with STP is theirs to say.
  const isOurs = network.bridge !== undefined
  if (!isOurs || !(bridge?.bridge?.stp ?? network.bridge.stp))
    return [...note, ...limits, plug, ...vlans, ...isolate]
  return [
    ...note,
    ...limits,
    {
      reason: 'a plug put in while STP is off need not wait 4 s for it',
      do: setStp(bridgeName, '0'),
      undo: setStp(bridgeName, '1'),
    },
    plug,
    ...vlans,
    ...isolate,
    {
      reason: 'STP is on again and still finds loops',
      do: setStp(bridgeName, '1'),
      undo: noUndo('it was on before the plug'),
    },
  ]
}

/** Before the plug: nothing passes unhindered. What a person has chosen for a port that is there already stays. */
function limitSteps(port: PortSpec, network: NetworkSpec, seen: SeenHost): Step[] {
  const { interface: name, device, hostName, guest = hostName ?? name } = port
  const limits = limitsOf(port, network)
  const end = { interface: name, guest, isGuestsOwn: device !== undefined }
  const isChosen = DIRECTIONS.some((each) => !isUnimpaired(queueOf(end, each, seen)))
  const isThere = seen.links.some((link) => link.name === name)
  return limits === undefined || (isThere && isChosen) ? [] : bandwidthSteps(end, limits, seen)
}

function isolateStep(port: PortSpec): Step {
  return {
    reason: `${port.interface} reaches this host and what is behind it, not its neighbours`,
    do: run('ip', 'link', 'set', 'dev', port.interface, 'type', 'bridge_slave', 'isolated', 'on'),
    undo: noUndo('it goes with the plug'),
  }
}

function setStp(bridge: string, value: '0' | '1'): Action {
  return run('ip', 'link', 'set', 'dev', bridge, 'type', 'bridge', 'stp_state', value)
}

/** The kernel knows the plug, not the guest's name and address: they are noted for the next look. */
export function recordSteps(port: PortSpec, network: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  const path = networkPortFile(facts.paths, network.name, port.interface)
  const content = `${JSON.stringify(port, null, 2)}\n`
  const before = seen.files.get(path)
  const note = { kind: 'write', path, mode: FILE_MODE } as const
  const write: Step = {
    reason: `who is plugged into ${network.name} at ${port.interface} is noted`,
    do: { ...note, content },
    undo: before === undefined ? { kind: 'remove', path } : { ...note, content: before },
  }
  return before === content ? [] : [write]
}

/** Deletes the TAP or veth pair and forgets the port. */
export function unplugSteps(port: PortSpec, network: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  const place = port.device ?? `the switch of ${network.name}`
  const remove: Step = {
    reason: `${port.interface} is pulled out of ${place} and goes`,
    do: isInside(port) ? removeInside(port) : deleteLink(port.interface),
    undo: cannotUndo('a cable is made anew when its guest is plugged in again'),
  }
  const links = [...seen.links, ...(seen.inside ?? [])].filter((link) => link.name === port.interface)
  const cut = links.map(() => ({ ...remove, ...disrupts('cut-off', guestNames(links)) }))
  const gone = detourLeftoverSteps(port.interface, seen)
  return [...cut, ...gone, ...forgetPortSteps(network.name, port.interface, seen, facts)]
}

/** For an interface that is there. `ports` are those already plugged in. */
export function planPortPlug(
  port: PortSpec,
  network: NetworkSpec,
  ports: readonly PortSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Plan {
  return startPlan(`plug '${port.interface}' into network '${network.name}'`, [
    ...dnsmasqSteps(network, including(ports, port), seen, facts), // first: the guest asks as soon as it is plugged in
    ...guardSteps(network, including(ports, port), seen),
    ...plugSteps(port, network, seen, facts),
  ])
}

/** A namespace becomes a guest. `ports` are those already plugged in. */
export function planNamespacePlug(
  port: NamespacePort,
  network: NetworkSpec,
  ports: readonly PortSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Plan {
  return startPlan(`plug namespace '${port.portName}' into network '${network.name}'`, [
    ...(port.device === undefined ? vethSteps(port, network, seen) : macvlanSteps(port, network, seen)),
    ...dnsmasqSteps(network, including(ports, port), seen, facts),
    ...guardSteps(network, including(ports, port), seen),
    ...plugSteps(port, network, seen, facts),
  ])
}

/** `ports` are those plugged in now. */
export function planPortUnplug(
  port: PortSpec,
  network: NetworkSpec,
  ports: readonly PortSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Plan {
  const rest = ports.filter((each) => each.interface !== port.interface)
  return stopPlan(`unplug '${port.interface}' from network '${network.name}'`, [
    ...unplugSteps(port, network, seen, facts),
    ...guardSteps(network, rest, seen),
    ...dnsmasqSteps(network, rest, seen, facts),
  ])
}

function including(ports: readonly PortSpec[], port: PortSpec): PortSpec[] {
  return [...ports.filter((each) => each.interface !== port.interface), port]
}

function deleteLink(name: string): Action {
  return { ...run('ip', 'link', 'delete', 'dev', name), accept: [1] }
}
