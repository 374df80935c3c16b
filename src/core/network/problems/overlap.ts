/** Who on this host uses addresses of a subnet already. */
import type { InterfaceName } from '../../address/interface-name.ts'
import { formatIpv4Network, ipv4Overlaps, type Ipv4Cidr } from '../../address/ipv4.ts'
import { formatIpv6Network, ipv6Overlaps, type Ipv6Cidr } from '../../address/ipv6.ts'
import type { SeenLink } from '../../host/link.ts'
import { networkAlias } from '../../host/mark.ts'
import type { SeenHost, SeenRoute, SeenRule } from '../seen.ts'
import type { Ipv4Spec, Ipv6Spec, NetworkSpec } from '../spec.ts'

export interface Overlap {
  /** Names the link, route or rule in the way. */
  readonly sentence: string
  /** It takes packets meant for the subnet; otherwise it is wider, and the subnet takes of its. */
  readonly takes: boolean
  /** The link, or the one that the route leads through. */
  readonly device?: InterfaceName | undefined
}

/** Those that a network's subnet may not have: a piece of the LAN's own is what one wants whose guests are on it by proxy. */
export function overlapsOf(network: NetworkSpec, ip: Subnet, seen: SeenHost): Overlap[] {
  return findOverlaps(ip, seen, network.name).filter(
    ({ takes, device }) => network.proxied === undefined || takes || device !== network.forwardDevice,
  )
}

/** At most one a link. What belongs to `ownNetwork` is not in its way. */
export function findOverlaps(ip: Subnet, seen: SeenHost, ownNetwork?: string): Overlap[] {
  return ip.family === 'ipv4'
    ? inTheWay(ip.cidr, seen, IPV4, ownNetwork)
    : inTheWay(ip.cidr, seen, IPV6, ownNetwork)
}

/** Sentences about policy rules that name addresses of the subnet, whatever they do with them: somebody has plans for those. */
export function findRules(ip: Subnet, seen: SeenHost): string[] {
  return ip.family === 'ipv4' ? namedBy(ip.cidr, seen, IPV4) : namedBy(ip.cidr, seen, IPV6)
}

export type Subnet = Pick<Ipv4Spec, 'family' | 'cidr'> | Pick<Ipv6Spec, 'family' | 'cidr'>

interface AnyCidr {
  readonly address: string
  readonly prefix: number
}

/** What there is to know about one family. */
interface Family<Cidr> {
  /** A route to everything, or to half of it as VPNs like them (2000::/3 with IPv6), is in nobody's way. */
  readonly widest: number
  readonly addresses: (link: SeenLink) => readonly Cidr[]
  readonly routes: (seen: SeenHost) => readonly SeenRoute<Cidr>[]
  readonly rules: (seen: SeenHost) => readonly SeenRule<Cidr>[]
  readonly overlaps: (a: Cidr, b: Cidr) => boolean
  readonly format: (cidr: Cidr) => string
}

const IPV4: Family<Ipv4Cidr> = {
  widest: 1,
  addresses: (link) => link.ipv4,
  routes: (seen) => seen.routes,
  rules: (seen) => seen.rules,
  overlaps: ipv4Overlaps,
  format: formatIpv4Network,
}

const IPV6: Family<Ipv6Cidr> = {
  widest: 3,
  addresses: (link) => link.ipv6,
  routes: (seen) => seen.routes6,
  rules: (seen) => seen.rules6,
  overlaps: ipv6Overlaps,
  format: formatIpv6Network,
}

function inTheWay<Cidr extends AnyCidr>(
  cidr: Cidr,
  seen: SeenHost,
  family: Family<Cidr>,
  ownNetwork: string | undefined,
): Overlap[] {
  const own = ownNetwork === undefined ? undefined : networkAlias(ownNetwork)
  const isOwn = (link: SeenLink): boolean => own !== undefined && link.alias === own
  const links = seen.links.filter((link) => !isOwn(link))
  const ownNames = new Set(seen.links.filter(isOwn).map((link) => link.name))
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
  const overlaps = [
    ...byAddress.map(({ name, address }) => ({
      sentence: `'${name}' has the address ${address.address}/${String(address.prefix)}`,
      takes: address.prefix >= cidr.prefix,
      device: name,
    })),
    ...byRoute.map(({ destination, device }) => {
      const through = device === undefined ? '' : ` through '${device}'`
      const sentence = `there is a route to ${family.format(destination)}${through}`
      return { sentence, takes: destination.prefix >= cidr.prefix, device }
    }),
    ...takingRules(cidr, seen, family).map((rule) => ({ sentence: describeRule(rule, family), takes: true })),
  ]
  return overlaps.filter(
    ({ sentence }, at) => overlaps.findIndex((each) => each.sentence === sentence) === at,
  )
}

/** Asked after these, the main table leads to a network's bridge. */
const MAIN_PRIORITY = 32_766

/** Rules that send packets for the subnet elsewhere: for everybody, before the main table is asked, and really somewhere. */
function takingRules<Cidr extends AnyCidr>(
  cidr: Cidr,
  seen: SeenHost,
  family: Family<Cidr>,
): SeenRule<Cidr>[] {
  const leads = (table: string | undefined): boolean =>
    table !== 'main' &&
    table !== 'local' &&
    family.routes(seen).some((route) => route.table === table && family.overlaps(route.destination, cidr))
  return family
    .rules(seen)
    .filter(
      ({ to, from, isForAll, priority, refuses, table }) =>
        to !== undefined &&
        from === undefined &&
        isForAll &&
        priority < MAIN_PRIORITY &&
        family.overlaps(to, cidr) &&
        (refuses || leads(table)),
    )
}

function namedBy<Cidr extends AnyCidr>(cidr: Cidr, seen: SeenHost, family: Family<Cidr>): string[] {
  return family
    .rules(seen)
    .filter(({ from, to }) =>
      [from, to].some(
        (named) => named !== undefined && named.prefix > family.widest && family.overlaps(named, cidr),
      ),
    )
    .map((rule) => describeRule(rule, family))
}

function describeRule<Cidr>({ from, to, table, refuses }: SeenRule<Cidr>, family: Family<Cidr>): string {
  const about = [
    ...(from === undefined ? [] : [`from ${family.format(from)}`]),
    ...(to === undefined ? [] : [`to ${family.format(to)}`]),
  ].join(' ')
  const deed = refuses ? 'refuses packets' : `looks up table ${table ?? ''} for packets`
  return `a policy rule ${deed} ${about}`
}
