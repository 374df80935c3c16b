/** Who can reach which service of which guest, and by which rule: worked out from the rules and routes of this moment. */
import { ipv4Bounds, ipv4FromNumber, type Ipv4Cidr } from '../core/address/ipv4.ts'
import { ipv6Bounds, ipv6FromNumber, type Ipv6Cidr } from '../core/address/ipv6.ts'
import type { Plug } from '../core/doctor/sight.ts'
import { WeftError } from '../core/errors.ts'
import type { BridgePort, FlowHost } from '../core/host/flow/flow.ts'
import { reaches, type Reached } from '../core/host/flow/reach.ts'
import type { Packet, RulesText } from '../core/host/ruleset/ruleset.ts'
import { servicesOf, unnamedPort, type Service } from '../core/network/exposure/services.ts'
import type { PublishedPort } from '../core/network/firewall/nft-published.ts'
import { ipv4Of, ipv6Of } from '../core/network/ips.ts'
import { waysOut } from '../core/network/mtu.ts'
import type { SeenRoute } from '../core/network/seen.ts'
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
  /** Absent: this host's own, or of others, that they have none. */
  readonly address?: string
  readonly address6?: string
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
    ({ ip, ip6, link }) => (ip ?? ip6) !== undefined && link?.master !== undefined,
  )
  if (guest !== undefined && plugs.length === 0)
    throw new WeftError('wrong-state', `nobody knows the address of '${guest}'`, {
      hint: `weft doctor ${guest}`,
    })
  const askers = askersOf(view)
  const other = otherPort ?? unnamedPort(textOf(await app.host.ruleset()))
  const published = publishedPorts(app, view.seen)
  const services: ExposedService[] = []
  for (const plug of plugs) {
    const { network } = plug
    const firewall = view.live.find(({ name }) => name === network)?.firewall
    const machines = published.filter((each) => each.machine === plug.guest && each.network === network)
    for (const target of targetsOf(plug)) {
      const own = machines.filter((each) => isIn(target.family, each))
      for (const service of servicesOf({ published: own, firewall, guest: plug.guest, otherPort: other })) {
        const cells: Reached[] = []
        for (const asker of askers) cells.push(await ask(view, asker, target, service))
        services.push({ guest: plug.guest, network, address: target.address, service, cells })
      }
    }
  }
  return { askers, services }
}

const textOf = ({ nft, legacy }: RulesText): string => [nft, ...legacy.map(({ saved }) => saved)].join('\n')

type Family = Packet['family']

/** A guest, at its address of one family. */
interface Target {
  readonly plug: Plug
  readonly family: Family
  readonly address: string
}

const targetsOf = (plug: Plug): Target[] => [
  ...(plug.ip === undefined ? [] : [{ plug, family: 'ip', address: plug.ip } as const]),
  ...(plug.ip6 === undefined ? [] : [{ plug, family: 'ip6', address: plug.ip6 } as const]),
]

/** A port is published by IPv6 where the machine keeps an address of it. */
function isIn(family: Family, { address, ip6 }: PublishedPort): boolean {
  if (address !== undefined) return address.includes(':') === (family === 'ip6')
  return family === 'ip' || ip6 !== undefined
}

/** Where there is no way out nobody can come in by it. */
function askersOf(view: HostView): Asker[] {
  const { seen, live } = view
  const [device] = waysOut(seen)
  const wayOut = <Cidr extends { readonly prefix: number }>(
    routes: readonly SeenRoute<Cidr>[],
  ): SeenRoute<Cidr> | undefined =>
    routes.find((route) => route.device === device && route.destination.prefix === 0)
  const link = seen.links.find(({ name }) => name === device)
  const [own] = link?.ipv4 ?? []
  const [own6] = link?.ipv6 ?? []
  const near = given({
    address: wayOut(seen.routes)?.gateway ?? (own && neighbourIn(own)),
    address6: globalOf(wayOut(seen.routes6)?.gateway) ?? (own6 && neighbourIn6(own6)),
  })
  const far = given({
    address: wayOut(seen.routes) && SOMEBODY.ip,
    address6: wayOut(seen.routes6) && SOMEBODY.ip6,
  })
  return [
    ...(device === undefined ? [] : [{ kind: 'internet', name: 'internet', ...far, device } as const]),
    ...(device === undefined || Object.keys(near).length === 0
      ? []
      : [{ kind: 'lan', name: device, ...near, device } as const]),
    { kind: 'host', name: 'this host' },
    ...live.flatMap((network): Asker[] => {
      const [subnet, subnet6] = [ipv4Of(network), ipv6Of(network)]
      const bridge = network.bridge?.name
      if ((subnet ?? subnet6) === undefined || bridge === undefined) return []
      const own = given({
        address: subnet && neighbourIn(subnet.cidr),
        address6: subnet6 && neighbourIn6(subnet6.cidr),
      })
      return [{ kind: 'network', name: network.name, ...own, device: bridge }]
    }),
  ]
}

interface Addresses {
  readonly address?: string
  readonly address6?: string
}

const given = (all: { readonly [Key in keyof Addresses]: string | undefined }): Addresses =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))

/** Routers of IPv6 are known by addresses of the link. */
const globalOf = (address: string | undefined): string | undefined =>
  address?.startsWith('fe80:') === true ? undefined : address

/** An address there that is nobody's most likely: the last one. */
function neighbourIn(subnet: Ipv4Cidr): string {
  const { last } = ipv4Bounds(subnet)
  const address = ipv4FromNumber(last - 1)
  return address === subnet.address ? ipv4FromNumber(last - 2) : address
}

function neighbourIn6(subnet: Ipv6Cidr): string {
  const { last } = ipv6Bounds(subnet)
  const address = ipv6FromNumber(last - 1n)
  return address === subnet.address ? ipv6FromNumber(last - 2n) : address
}

async function ask(view: HostView, asker: Asker, target: Target, service: Service): Promise<Reached> {
  const { family } = target
  const from = family === 'ip' ? asker.address : asker.address6
  const destination = addressFor(view, asker, target, service)
  if (destination === undefined || (from === undefined && asker.kind !== 'host')) return { reach: 'unknown' }
  const host: FlowHost = { ...view.host, portOf: withAsker(view, asker) }
  const way = await view.judge((host) => host.route({ family, destination }))
  const own = way?.to === 'device' ? view.host.answers.addressOf?.(way.device, family) : destination
  const packet: Packet = {
    family,
    source: from ?? own,
    destination,
    protocol: service.protocol === 'icmp' && family === 'ip6' ? 'ipv6-icmp' : service.protocol,
    ...(service.protocol === 'icmp'
      ? {}
      : { sourcePort: 50_000, destinationPort: service.published?.port ?? service.port }),
    ...(asker.device === undefined ? {} : { in: asker.device }),
    state: 'new',
  }
  return view.judge(() => reaches(host, packet, { ruleset: host.ruleset, networkOf: view.networkOf }))
}

/** A published port is asked for at the address of this host that is nearest to whoever asks. */
function addressFor(
  view: HostView,
  asker: Asker,
  { plug, family, address }: Target,
  { published }: Service,
): string | undefined {
  if (published === undefined) return address
  if (published.address !== undefined) return published.address
  const [out] = waysOut(view.seen)
  const device = asker.device ?? out ?? plug.link?.master
  return device === undefined ? undefined : view.host.answers.addressOf?.(device, family)
}

/** Who asks from a network is behind a port of its bridge, though nobody is there. */
function withAsker(
  view: HostView,
  asker: Asker,
): (bridge: string, address: string) => BridgePort | undefined {
  return (bridge, address) =>
    asker.kind === 'network' && asker.device === bridge && [asker.address, asker.address6].includes(address)
      ? { port: 'another-guest' }
      : view.host.portOf?.(bridge, address)
}
