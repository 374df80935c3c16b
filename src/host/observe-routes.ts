/** IPv4 routes of all tables, as `ip -j route` tells them; without each address's own, which links show already. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import { parseIpv4Cidr } from '../core/address/ipv4.ts'
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
  readonly nexthops?: readonly { readonly gateway?: string; readonly dev?: string }[]
}

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

/** As with links: a route that has not changed is the same object. */
const known = new WeakMap<RawRoute, readonly SeenRoute[]>()

export function seenRoutes(raw: readonly RawRoute[]): SeenRoute[] {
  return raw.flatMap((route) => {
    const seen = known.get(route) ?? readRoute(route)
    known.set(route, seen)
    return seen
  })
}

function readRoute(route: RawRoute): SeenRoute[] {
  const destination = parseIpv4Cidr(cidrText(route.dst))
  if (destination === undefined) return []
  const device = (route.dev ?? route.nexthops?.[0]?.dev) as InterfaceName | undefined
  return [{ destination, device, table: route.table ?? 'main' }]
}

function cidrText(destination: string): string {
  if (destination === 'default') return '0.0.0.0/0'
  return destination.includes('/') ? destination : `${destination}/32`
}
