/** The picture of the host's network, from one look at it. */
import { formatIpv4Network } from '../core/address/ipv4.ts'
import { formatIpv6Network } from '../core/address/ipv6.ts'
import { isProxied } from '../core/network/bridge/plan-proxy.ts'
import type { SeenLink } from '../core/host/link.ts'
import { readMark, tapAlias } from '../core/host/mark.ts'
import { buildMap, type MapNetwork } from '../core/map/build-map.ts'
import type { NetMap } from '../core/map/map.ts'
import { waysOut } from '../core/network/mtu.ts'
import { activeNetworks, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec, RouteSpec } from '../core/network/spec.ts'
import { nicNumber } from '../core/vm/slots.ts'
import { lookAtLinks } from './host-links.ts'
import { lookAtNetworks } from './live-network.ts'
import { networkDetail, type NetworkDetail } from './network-state.ts'
import type { App } from './ports.ts'

export async function drawNetwork(app: App): Promise<NetMap> {
  const look = lookAtAll(app)
  const [links, seen] = await Promise.all([lookAtLinks(app, look), look])
  const outs = [...waysOut(seen)]
  const details = await Promise.all(activeNetworks(seen).map((name) => networkDetail(app, seen, name)))
  return buildMap({
    links,
    waysOut: outs.map((device) => ({ device, gateway: gatewayOn(device, seen) })),
    networks: details.flatMap((detail) =>
      detail.live === undefined ? [] : [mapNetwork(app, detail, detail.live, outs)],
    ),
  })
}

async function lookAtAll(app: App): Promise<SeenHost> {
  const links = await app.host.links()
  return lookAtNetworks(app, activeNetworks({ links, borrowed: app.host.borrowed() }))
}

function gatewayOn(device: string, { routes, routes6 }: SeenHost): string | undefined {
  const all = [...routes, ...routes6].filter(
    (route) => route.device === device && route.destination.prefix === 0,
  )
  return all.find(({ gateway }) => gateway !== undefined)?.gateway
}

/** How packets of guests get out of this host, where this host has a hand in it. */
const LEAVES: Readonly<Partial<Record<NetworkSpec['mode'], string>>> = {
  nat: 'NAT',
  route: 'routed',
  open: 'open',
}

function mapNetwork(
  app: App,
  { ports, drift, conditions }: NetworkDetail,
  live: NetworkSpec,
  outs: readonly string[],
): MapNetwork {
  const { name, mode, forwardDevice, devices = [], firewall } = live
  const bridge = live.bridge?.name ?? live.hostBridge
  const by = LEAVES[mode]
  const rules = firewall?.rules.length ?? 0
  return {
    name,
    on: bridge === undefined ? devices : [bridge],
    leaves:
      by === undefined ? undefined : { by, devices: forwardDevice === undefined ? outs : [forwardDevice] },
    facts: [
      ...(mode === 'isolated' ? ['isolated'] : []),
      ...(live.ips.some(({ dhcp }) => dhcp !== undefined) ? ['DHCP'] : []),
      ...live.routes.map(behind),
      ...(isProxied(live) ? [`answered for on ${live.forwardDevice}`] : []),
      ...(rules === 0 ? [] : [`${String(rules)} ${rules === 1 ? 'rule' : 'rules'}`]),
    ],
    trouble: [
      ...conditions,
      ...(drift.length === 0 ? [] : [`it is not as it was started; weft net repair ${name} mends that`]),
    ],
    plugs: ports.map(({ link, ip }) => ({
      interface: link.name,
      facts: [...(ip === undefined ? [] : [ip]), ...publishedBy(app, link)],
    })),
  }
}

function publishedBy(app: App, { alias }: SeenLink): string[] {
  const mark = readMark(alias)
  const spec = mark?.kind === 'vm' ? app.vms.find(mark.machine) : undefined
  const nic = spec?.nics.find((_, i) => tapAlias(spec.name, nicNumber(spec, i)) === alias)
  return nic?.publish === undefined ? [] : [`publishes ${nic.publish.join(' ')}`]
}

function behind(route: RouteSpec): string {
  const to =
    route.family === 'ipv4' ? formatIpv4Network(route.destination) : formatIpv6Network(route.destination)
  return `${to} behind ${route.gateway}`
}
