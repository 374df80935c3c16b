/** Routes of all tables, as `ip -j route` tells them; without each address's own, which links show already. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import { parseIpv4Cidr } from '../core/address/ipv4.ts'
import { parseIpv6Cidr, type Ipv6Cidr } from '../core/address/ipv6.ts'
import { readOnce } from '../core/host/read-once.ts'
import type { SeenRoute } from '../core/network/seen.ts'
import type { IpShell } from './ip-shell.ts'

/** The part of iproute2's JSON that weft reads. */
export interface RawRoute {
  readonly type?: string
  readonly dst: string
  readonly gateway?: string
  readonly dev?: string
  /** Absent for the main table, when only that is asked for. */
  readonly table?: string
  readonly protocol?: string
  readonly scope?: string
  readonly prefsrc?: string
  readonly metric?: number
  readonly metrics?: readonly { readonly mtu?: number }[]
  /** IPv6 only. */
  readonly pref?: string
  readonly nexthops?: readonly { readonly gateway?: string; readonly dev?: string }[]
}

/** Both families: with all tables `ip` does not choose one. */
export async function listRoutes(ip: IpShell): Promise<readonly RawRoute[]> {
  const routes = (await ip.show('route show table all type unicast')) as readonly Partial<RawRoute>[]
  return routes.filter((route): route is RawRoute => route.dst !== undefined)
}

/** Those through one link; the answer leaves its name out. */
export async function findRoutes(ip: IpShell, link: string): Promise<readonly RawRoute[]> {
  const routes = await ip.find(`route show table all type unicast dev ${link}`, link)
  return ((routes ?? []) as readonly Partial<RawRoute>[])
    .map((route) => ({ ...route, dev: link }))
    .filter((route): route is RawRoute & { dev: string } => route.dst !== undefined)
}

interface Seen {
  readonly ipv4: readonly SeenRoute[]
  readonly ipv6: readonly SeenRoute<Ipv6Cidr>[]
}

export const seenRoutes = readOnce((raw: readonly RawRoute[]): readonly SeenRoute[] =>
  raw.flatMap((route) => seenRoute(route).ipv4),
)

/** Without the link-local ones, which every link has. */
export const seenRoutes6 = readOnce((raw: readonly RawRoute[]): readonly SeenRoute<Ipv6Cidr>[] =>
  raw.flatMap((route) => seenRoute(route).ipv6),
)

/** As with links: a route that has not changed is the same object. */
const seenRoute = readOnce(readRoute)

function readRoute(route: RawRoute): Seen {
  if (!isIpv6(route)) {
    const destination = parseIpv4Cidr(cidrText(route.dst, '0.0.0.0/0', 32))
    return { ipv4: destination === undefined ? [] : [withHop(route, destination)], ipv6: [] }
  }
  const destination = parseIpv6Cidr(cidrText(route.dst, '::/0', 128))
  const isWanted = destination !== undefined && !/^f[ef]/.test(destination.address)
  return { ipv4: [], ipv6: isWanted ? [withHop(route, destination)] : [] }
}

/** `default` is spelt alike in both families; only IPv6 has a router preference. */
function isIpv6({ dst, gateway, pref }: RawRoute): boolean {
  return dst.includes(':') || pref !== undefined || gateway?.includes(':') === true
}

function withHop<Cidr>(route: RawRoute, destination: Cidr): SeenRoute<Cidr> {
  const [hop = {}] = route.nexthops ?? [route]
  return {
    destination,
    device: (route.dev ?? hop.dev) as InterfaceName | undefined,
    table: route.table ?? 'main',
    gateway: hop.gateway,
    metric: route.metric,
    mtu: route.metrics?.find(({ mtu }) => mtu !== undefined)?.mtu,
  }
}

function cidrText(destination: string, everything: string, whole: number): string {
  if (destination === 'default') return everything
  return destination.includes('/') ? destination : `${destination}/${whole}`
}

/** Links whose routes come from router advertisements. */
export const advertisedLinks = readOnce((raw: readonly RawRoute[]): readonly string[] => [
  ...new Set(raw.flatMap(({ protocol, dev }) => (protocol === 'ra' ? (dev ?? []) : []))),
])
