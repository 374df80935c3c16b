/** Who on this host uses addresses of a subnet already. */
import type { InterfaceName } from '../address/interface-name.ts'
import { formatIpv4Cidr, formatIpv4Network, ipv4Overlaps, type Ipv4Cidr } from '../address/ipv4.ts'
import { networkAlias, type SeenHost } from './seen.ts'

/** A route to everything, or to half of it as VPNs like them, is in nobody's way. */
const NARROWEST_DEFAULT = 1

/**
 * Sentences that name the links and routes in the way; at most one a link. What belongs to `ownNetwork` is not in its way.
 */
export function findOverlaps(cidr: Ipv4Cidr, seen: SeenHost, ownNetwork?: string): string[] {
  const own = ownNetwork === undefined ? undefined : networkAlias(ownNetwork)
  const links = seen.links.filter((link) => own === undefined || link.alias !== own)
  const ownNames = new Set(seen.links.filter((link) => !links.includes(link)).map((link) => link.name))
  const byAddress = links.flatMap((link) => {
    const address = link.ipv4.find((each) => ipv4Overlaps(each, cidr))
    return address === undefined ? [] : [{ name: link.name, address }]
  })
  const named = new Set<InterfaceName | undefined>(byAddress.map(({ name }) => name))
  const byRoute = seen.routes.filter(
    (route) =>
      route.destination.prefix > NARROWEST_DEFAULT &&
      ipv4Overlaps(route.destination, cidr) &&
      !named.has(route.device) &&
      !(route.device !== undefined && ownNames.has(route.device)),
  )
  const sentences = [
    ...byAddress.map(({ name, address }) => `'${name}' has the address ${formatIpv4Cidr(address)}`),
    ...byRoute.map(({ destination, device }) => {
      const through = device === undefined ? '' : ` through '${device}'`
      return `there is a route to ${formatIpv4Network(destination)}${through}`
    }),
  ]
  return [...new Set(sentences)]
}
