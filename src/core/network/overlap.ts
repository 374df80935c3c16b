/** Who on this host uses addresses of a subnet already. */
import type { InterfaceName } from '../address/interface-name.ts'
import { formatIpv4Network, ipv4Overlaps, type Ipv4Cidr } from '../address/ipv4.ts'
import { formatIpv6Network, ipv6Overlaps, type Ipv6Cidr } from '../address/ipv6.ts'
import type { SeenLink } from '../host/link.ts'
import { networkAlias, type SeenHost, type SeenRoute } from './seen.ts'
import type { Ipv4Spec, Ipv6Spec } from './spec.ts'

/**
 * Sentences that name the links and routes in the way; at most one a link. What belongs to `ownNetwork` is not in its way.
 */
export function findOverlaps(ip: Subnet, seen: SeenHost, ownNetwork?: string): string[] {
  return ip.family === 'ipv4'
    ? inTheWay(ip.cidr, seen, IPV4, ownNetwork)
    : inTheWay(ip.cidr, seen, IPV6, ownNetwork)
}

export type Subnet = Pick<Ipv4Spec, 'family' | 'cidr'> | Pick<Ipv6Spec, 'family' | 'cidr'>

/** What there is to know about one family. */
interface Family<Cidr> {
  /** A route to everything, or to half of it as VPNs like them (2000::/3 with IPv6), is in nobody's way. */
  readonly widest: number
  readonly addresses: (link: SeenLink) => readonly Cidr[]
  readonly routes: (seen: SeenHost) => readonly SeenRoute<Cidr>[]
  readonly overlaps: (a: Cidr, b: Cidr) => boolean
  readonly format: (cidr: Cidr) => string
}

const IPV4: Family<Ipv4Cidr> = {
  widest: 1,
  addresses: (link) => link.ipv4,
  routes: (seen) => seen.routes,
  overlaps: ipv4Overlaps,
  format: formatIpv4Network,
}

const IPV6: Family<Ipv6Cidr> = {
  widest: 3,
  addresses: (link) => link.ipv6,
  routes: (seen) => seen.routes6,
  overlaps: ipv6Overlaps,
  format: formatIpv6Network,
}

function inTheWay<Cidr extends { readonly address: string; readonly prefix: number }>(
  cidr: Cidr,
  seen: SeenHost,
  family: Family<Cidr>,
  ownNetwork: string | undefined,
): string[] {
  const own = ownNetwork === undefined ? undefined : networkAlias(ownNetwork)
  const links = seen.links.filter((link) => own === undefined || link.alias !== own)
  const ownNames = new Set(seen.links.filter((link) => !links.includes(link)).map((link) => link.name))
  const byAddress = links.flatMap((link) => {
    const address = family.addresses(link).find((each) => family.overlaps(each, cidr))
    return address === undefined ? [] : [{ name: link.name, address }]
  })
  const named = new Set<InterfaceName | undefined>(byAddress.map(({ name }) => name))
  const byRoute = family
    .routes(seen)
    .filter(
      (route) =>
        route.destination.prefix > family.widest &&
        family.overlaps(route.destination, cidr) &&
        !named.has(route.device) &&
        !(route.device !== undefined && ownNames.has(route.device)),
    )
  const sentences = [
    ...byAddress.map(
      ({ name, address }) => `'${name}' has the address ${address.address}/${String(address.prefix)}`,
    ),
    ...byRoute.map(({ destination, device }) => {
      const through = device === undefined ? '' : ` through '${device}'`
      return `there is a route to ${family.format(destination)}${through}`
    }),
  ]
  return [...new Set(sentences)]
}
