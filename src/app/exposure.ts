/** Who can reach which service of which guest, and by which rule: worked out from the rules and routes of this moment. */
import { ipv4Bounds, ipv4FromNumber, type Ipv4Cidr } from '../core/address/ipv4.ts'
import type { Plug } from '../core/doctor/sight.ts'
import { WeftError } from '../core/errors.ts'
import type { BridgePort, FlowHost } from '../core/host/flow/flow.ts'
import { reaches, type Reached } from '../core/host/flow/reach.ts'
import type { Packet } from '../core/host/ruleset/ruleset.ts'
import { servicesOf, unnamedPort, type Service } from '../core/network/exposure/services.ts'
import { waysOut } from '../core/network/mtu.ts'
import { findPlugs } from './doctor-guests.ts'
import { viewHost, type HostView } from './flow-host.ts'
import type { App } from './ports.ts'
import { publishedPorts } from './published.ts'
import { SOMEBODY } from './trace.ts'

/** Somebody who asks. */
export interface Asker {
  readonly kind: 'internet' | 'lan' | 'host' | 'network'
  /** The network's, or the interface's that leads to the LAN. */
  readonly name: string
  /** Absent: this host's own. */
  readonly address?: string
  readonly device?: string
}

export interface ExposedService {
  readonly guest: string
  readonly network: string
  readonly address: string
  readonly service: Service
  /** By the askers, in their order. */
  readonly cells: readonly Reached[]
}

export interface Exposure {
  readonly askers: readonly Asker[]
  readonly services: readonly ExposedService[]
}

export interface ExposureRequest {
  readonly guest?: string | undefined
  /** The port that stands for all that nothing names; absent: one is chosen. */
  readonly otherPort?: number
}

export async function exposure(app: App, { guest, otherPort }: ExposureRequest): Promise<Exposure> {
  const view = await viewHost(app)
  const plugs = (guest === undefined ? view.plugs : findPlugs(app, view.plugs, guest)).filter(
    ({ ip, link }) => ip !== undefined && link?.master !== undefined,
  )
  if (guest !== undefined && plugs.length === 0)
    throw new WeftError('wrong-state', `nobody knows the address of '${guest}'`, {
      hint: `weft doctor ${guest}`,
    })
  const askers = askersOf(view)
  const other = otherPort ?? unnamedPort(await app.host.ruleset())
  const published = publishedPorts(app, view.seen)
  const services: ExposedService[] = []
  for (const plug of plugs) {
    const { ip: address = '', network } = plug
    const own = published.filter((each) => each.machine === plug.guest && each.network === network)
    const firewall = view.live.find(({ name }) => name === network)?.firewall
    for (const service of servicesOf({ published: own, firewall, guest: plug.guest, otherPort: other })) {
      const cells: Reached[] = []
      for (const asker of askers) cells.push(await ask(view, asker, plug, service))
      services.push({ guest: plug.guest, network, address, service, cells })
    }
  }
  return { askers, services }
}

/** Where there is no way out nobody can come in by it. */
function askersOf(view: HostView): Asker[] {
  const { seen, live } = view
  const [device] = waysOut(seen)
  const gateway = seen.routes.find(
    (route) => route.device === device && route.destination.prefix === 0,
  )?.gateway
  const link = seen.links.find(({ name }) => name === device)
  const near = gateway ?? (link?.ipv4[0] === undefined ? undefined : neighbourIn(link.ipv4[0]))
  return [
    ...(device === undefined
      ? []
      : [{ kind: 'internet', name: 'internet', address: SOMEBODY.ip, device } as const]),
    ...(device === undefined || near === undefined
      ? []
      : [{ kind: 'lan', name: device, address: near, device } as const]),
    { kind: 'host', name: 'this host' },
    ...live.flatMap((network): Asker[] => {
      const [subnet] = network.ips.flatMap((ip) => (ip.family === 'ipv4' ? [ip] : []))
      const bridge = network.bridge?.name
      if (subnet === undefined || bridge === undefined) return []
      return [{ kind: 'network', name: network.name, address: neighbourIn(subnet.cidr), device: bridge }]
    }),
  ]
}

/** An address there that is nobody's most likely: the last one. */
function neighbourIn(subnet: Ipv4Cidr): string {
  const { last } = ipv4Bounds(subnet)
  const address = ipv4FromNumber(last - 1)
  return address === subnet.address ? ipv4FromNumber(last - 2) : address
}

async function ask(view: HostView, asker: Asker, plug: Plug, service: Service): Promise<Reached> {
  const destination = targetOf(view, asker, plug, service)
  if (destination === undefined) return { reach: 'unknown' }
  const host: FlowHost = { ...view.host, portOf: withAsker(view, asker) }
  const way = await view.judge((host) => host.route({ family: 'ip', destination }))
  const own = way?.to === 'device' ? view.host.answers.addressOf?.(way.device, 'ip') : destination
  const packet: Packet = {
    family: 'ip',
    source: asker.address ?? own,
    destination,
    protocol: service.protocol,
    ...(service.protocol === 'icmp'
      ? {}
      : { sourcePort: 50_000, destinationPort: service.published?.port ?? service.port }),
    ...(asker.device === undefined ? {} : { in: asker.device }),
    state: 'new',
  }
  return view.judge(() => reaches(host, packet, { ruleset: host.ruleset, networkOf: view.networkOf }))
}

/** A published port is asked for at the address of this host that is nearest to whoever asks. */
function targetOf(view: HostView, asker: Asker, plug: Plug, { published }: Service): string | undefined {
  if (published === undefined) return plug.ip
  if (published.address !== undefined) return published.address
  const [out] = waysOut(view.seen)
  const device = asker.device ?? out ?? plug.link?.master
  return device === undefined ? undefined : view.host.answers.addressOf?.(device, 'ip')
}

/** Who asks from a network is behind a port of its bridge, though nobody is there. */
function withAsker(
  view: HostView,
  asker: Asker,
): (bridge: string, address: string) => BridgePort | undefined {
  return (bridge, address) =>
    asker.kind === 'network' && asker.device === bridge && asker.address === address
      ? { port: 'another-guest' }
      : view.host.portOf?.(bridge, address)
}
