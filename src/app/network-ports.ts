/** Plugging network namespaces, a container's for instance, into a network, and pulling them out again. */
import { parseInterfaceName } from '../core/address/interface-name.ts'
import { ipv4Contains, parseIpv4, type Ipv4Address } from '../core/address/ipv4.ts'
import { guestMac, parseMac, type MacAddress } from '../core/address/mac.ts'
import { WeftError } from '../core/errors.ts'
import { readMark } from '../core/host/mark.ts'
import { ipv4Of } from '../core/network/ips.ts'
import { freeInterfaceNames, pickAddress } from '../core/network/addresses/pick-address.ts'
import { planNamespacePlug, planPortUnplug } from '../core/network/bridge/plan-port.ts'
import { portsOf, type NamespacePort } from '../core/network/port.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { chooseDevice } from './choose-device.ts'
import { isInside } from '../core/network/bridge/plan-macvtap.ts'
import { limitsOf, portgroupProblems } from '../core/network/bridge/port-limits.ts'
import { refuseWithoutLimits } from './refuse-queue.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { getNetwork, HOST_QUEUE } from './find-network.ts'
import { holdersOf } from './keep-addresses.ts'
import { liveNetwork } from './live-network.ts'
import type { App } from './ports.ts'

export interface NamespaceRequest {
  readonly netns?: string
  readonly pid?: number
  readonly name?: string
  readonly interface?: string
  readonly mac?: string
  readonly ip?: string
  readonly portgroup?: string
  readonly isolated?: boolean
}

export function addPort(
  app: App,
  network: string,
  wanted: NamespaceRequest,
  request: ChangeRequest,
): Promise<Changed<'added'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const seen = await app.host.look([network])
    const live = runningNetwork(app, seen, network)
    const { leases, kept } = holdersOf(app, seen, network)
    const held = [...leases, ...kept].flatMap(({ ip }) => ip ?? [])
    const port = describePort(app, live, seen, wanted, held)
    await refuseNamespace(app, port.namespace)
    await refuseLimits(app, port, live)

    const plan = planNamespacePlug(port, live, portsOf(network, seen, app.facts), seen, app.facts)
    return carryOut(app, request, plan, 'added', portNotes(port, live))
  })
}

/** A port group the network has not got, and limits that nobody here could keep. */
async function refuseLimits(app: App, port: NamespacePort, live: NetworkSpec): Promise<void> {
  const [problem] = portgroupProblems(port.portgroup, live, 'portgroup')
  if (problem !== undefined) throw new WeftError('not-found', problem.message, { hint: problem.hint ?? '' })
  const limits = limitsOf(port, live)
  if (limits === undefined) return
  if (!isInside(port)) return refuseWithoutLimits(app, [limits])
  const message = `${port.portName} would sit on ${port.device} from inside: this host has no end of its cable to hold it to a rate`
  throw new WeftError('unsupported', message, { hint: 'name another port group, one without bandwidth' })
}

/** `port` is the host's interface or the guest's name. */
export function removePort(
  app: App,
  network: string,
  port: string,
  request: ChangeRequest,
): Promise<Changed<'removed'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const seen = await app.host.look([network])
    const live = runningNetwork(app, seen, network)
    const ports = portsOf(network, seen, app.facts)
    const found = ports.find((each) => each.interface === port || each.hostName === port)
    if (found === undefined) {
      throw new WeftError('not-found', `network '${network}' has no port named '${port}'`, {
        hint: `weft port list ${network}`,
      })
    }
    refuseMachinePort(seen, found.interface)
    const plan = planPortUnplug(found, live, ports, seen, app.facts)
    return carryOut(app, request, plan, 'removed')
  })
}

/** Throws 'not-found' or 'wrong-state'. */
export function runningNetwork(app: App, seen: SeenHost, name: string): NetworkSpec {
  const live = isActive(seen, name) ? liveNetwork(app, seen, name) : undefined
  if (live !== undefined) return live
  getNetwork(app, name)
  throw new WeftError('wrong-state', `network '${name}' is not active`, { hint: `weft net start ${name}` })
}

function describePort(
  app: App,
  live: NetworkSpec,
  seen: SeenHost,
  wanted: NamespaceRequest,
  held: readonly Ipv4Address[],
): NamespacePort {
  const ports = portsOf(live.name, seen, app.facts)
  const portName = wanted.name ?? wanted.netns ?? `pid${String(wanted.pid)}`
  if (ports.some((port) => port.hostName === portName)) {
    throw new WeftError('already-exists', `network '${live.name}' has a guest named '${portName}' already`, {
      hint: 'choose another with --name',
    })
  }
  const ip = chooseIp(live, wanted.ip, [...held, ...ports.flatMap((port) => port.ip ?? [])])
  const [name] = freeInterfaceNames('vport', 1, { links: [...seen.links, ...(seen.inside ?? [])] })
  const device = chooseDevice(live, seen)
  const inside = parseInterfaceName(wanted.interface ?? 'eth0')
  if (inside === undefined || name === undefined) {
    throw invalid(
      `'${wanted.interface ?? ''}' is not a name an interface can have`,
      'at most 15 letters and digits',
    )
  }
  return {
    network: live.name,
    interface: name,
    mac: chooseMac(app, wanted.mac),
    hostName: hostNameOf(portName),
    ...(ip === undefined ? {} : { ip }),
    ...(device === undefined ? {} : { device }),
    ...(wanted.portgroup === undefined ? {} : { portgroup: wanted.portgroup }),
    ...(wanted.isolated === true ? { isIsolated: true } : {}),
    portName,
    namespace: namespaceOf(wanted),
    insideName: inside,
  }
}

function namespaceOf(wanted: NamespaceRequest): NamespacePort['namespace'] {
  if (wanted.netns !== undefined && wanted.pid === undefined) {
    if (/^[\w.@-]+$/.test(wanted.netns)) return { name: wanted.netns }
    throw invalid(`'${wanted.netns}' is not the name of a network namespace`, 'ip netns list')
  }
  if (wanted.pid !== undefined && wanted.netns === undefined) return { pid: wanted.pid }
  throw invalid(
    'a port needs either a network namespace or a process',
    'weft port add NETWORK --netns NAME, or --pid PID',
  )
}

/** A namespace that is not there, and this host's own: a cable to itself would give it a guest's address. */
async function refuseNamespace(app: App, namespace: NamespacePort['namespace']): Promise<void> {
  const isNamed = 'name' in namespace
  const path = isNamed ? `/run/netns/${namespace.name}` : `/proc/${String(namespace.pid)}/ns/net`
  const file = await app.host.inspectFile(path)
  if (file === undefined) {
    if (isNamed)
      throw new WeftError('not-found', `there is no network namespace named '${namespace.name}'`, {
        hint: `ip netns list; ip netns add ${namespace.name} makes it`,
      })
    throw new WeftError('not-found', `there is no process ${String(namespace.pid)}`, { hint: 'ps -e' })
  }
  const own = await app.host.inspectFile('/proc/self/ns/net')
  if (file.identity !== own?.identity) return
  const whose = isNamed ? `namespace '${namespace.name}'` : `process ${String(namespace.pid)}`
  const message = `${whose} is this host itself, not a guest: it is in the network namespace that the bridge is in`
  throw invalid(message, 'name a process started with ip netns exec, unshare --net, or in a container')
}

function hostNameOf(portName: string): string {
  if (/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(portName)) return portName
  throw invalid(`'${portName}' cannot be a host name`, 'choose one of letters, digits and dashes with --name')
}

function chooseMac(app: App, given: string | undefined): MacAddress {
  const [a = 0, b = 0, c = 0] = app.chance.bytes(3)
  const mac = given === undefined ? guestMac([a, b, c]) : parseMac(given)
  if (mac === undefined)
    throw invalid(`'${given ?? ''}' is not a MAC address`, 'write it as 52:54:00:12:34:56')
  return mac
}

function chooseIp(
  live: NetworkSpec,
  given: string | undefined,
  held: readonly Ipv4Address[],
): Ipv4Address | undefined {
  const own = ipv4Of(live)
  if (own === undefined) {
    if (given === undefined) return undefined
    throw invalid(`network '${live.name}' has no subnet to take '${given}' from`, 'leave --ip out')
  }
  if (given === undefined) return pickAddress(live, held) ?? refuseFull(live.name)
  const ip = parseIpv4(given)
  const isUsable = ip !== undefined && ipv4Contains(own.cidr, ip) && ip !== own.cidr.address
  if (!isUsable)
    throw invalid(
      `'${given}' is not a guest's address in network '${live.name}'`,
      `weft net show ${live.name}`,
    )
  if (held.includes(ip)) {
    throw new WeftError(
      'already-exists',
      `somebody on network '${live.name}' has the address ${given} already`,
      {
        hint: `weft net leases ${live.name}`,
      },
    )
  }
  return ip
}

function refuseFull(network: string): never {
  throw new WeftError('no-space', `network '${network}' has no free address in its DHCP ranges`, {
    hint: 'give one with --ip, or widen the range',
  })
}

function refuseMachinePort(seen: SeenHost, name: string): void {
  const mark = readMark(seen.links.find((link) => link.name === name)?.alias)
  if (mark?.kind !== 'vm') return
  throw new WeftError('in-use', `'${name}' is the NIC of machine '${mark.machine}'`, {
    hint: `weft vm stop ${mark.machine}`,
  })
}

function portNotes(port: NamespacePort, live: NetworkSpec): string[] {
  const address = port.ip === undefined ? [] : [`address: ${port.ip}`]
  const own = ipv4Of(live)
  const name =
    own === undefined ? [] : [`name: ${port.hostName ?? port.portName}`, `name server: ${own.cidr.address}`]
  const place = port.device === undefined ? `interface: ${port.interface}` : `on: ${port.device}`
  return [place, ...address, ...name]
}

function invalid(message: string, hint: string): WeftError {
  return new WeftError('invalid-argument', message, { hint })
}
