/** How large a network's packets may be: what its definition says, else what its way out carries. */
import { readOnce } from '../host/read-once.ts'
import type { SeenRoute, SeenHost } from './seen.ts'
import { switchOf } from './seen.ts'
import { ipv6Of, ipv6sOf } from './ips.ts'
import type { NetworkSpec } from './spec.ts'

/** What every guest takes for granted until it is told better. */
export const USUAL_MTU = 1500
/** IPv6 does without links that carry less. */
const LEAST_IPV6 = 1280
/** Both halves of everything, as VPNs route them, and 2000::/3. */
const WIDEST = 3

type SeenWays = Pick<SeenHost, 'links' | 'routes' | 'routes6'>

/**
 * Undefined when nobody says: the kernel's own answer stands, also while there is no way out. Never above 1500 without a word: a guest
 * that does not hear of it would be sent frames that it drops.
 */
export function wantedMtu(network: NetworkSpec, seen: SeenWays): number | undefined {
  return network.mtu ?? outsideMtu(network, seen)
}

/** What guests are told. */
export function mtuOf(network: NetworkSpec, seen: SeenWays): number {
  return wantedMtu(network, seen) ?? switchOf(seen, network)?.mtu ?? USUAL_MTU
}

/** Of a plug; undefined where it is what the kernel gives anyway. */
export function plugMtu(network: NetworkSpec, seen: SeenHost): number | undefined {
  const mtu = mtuOf(network, seen)
  return mtu === USUAL_MTU ? undefined : mtu
}

/** The smallest on the ways out of a nat or routed network; undefined when there is none. */
function outsideMtu(network: NetworkSpec, { links, routes, routes6 }: SeenWays): number | undefined {
  const { mode, forwardDevice: device } = network
  if (mode !== 'nat' && mode !== 'route') return undefined
  const mtuOfLink = (name: string | undefined): number | undefined =>
    links.find((each) => each.name === name)?.mtu
  const sizes = [...farOnes(routes), ...(ipv6Of(network) === undefined ? [] : farOnes(routes6))]
    .filter(({ device: out }) => out !== network.bridge?.name)
    .filter((way) => device === undefined || way.device === device)
    .map(({ device: out, mtu }) => Math.min(mtu ?? USUAL_MTU, mtuOfLink(out) ?? USUAL_MTU))
  const link = device === undefined ? undefined : mtuOfLink(device)
  const least = [...sizes, ...(link === undefined ? [] : [link])]
  if (least.length === 0) return undefined
  const floor = ipv6sOf(network).length > 0 ? LEAST_IPV6 : 0
  return Math.max(floor, Math.min(USUAL_MTU, ...least))
}

/** The links through which something far away is reached: when one changes, so may the MTU of whoever goes out there. */
export function waysOut({ routes, routes6 }: SeenWays): Set<string> {
  return new Set([...farOnes(routes), ...farOnes(routes6)].flatMap(({ device }) => device ?? []))
}

const farOnes = readOnce((routes: readonly Way[]): readonly Way[] =>
  routes.filter(({ destination }) => destination.prefix <= WIDEST),
)

type Way = Pick<SeenRoute, 'device' | 'mtu'> & { readonly destination: { readonly prefix: number } }
