/** What rules ask the host about, answered from its links and routes. */
import { ipv4Contains, ipv4FromNumber, ipv4Bounds, parseIpv4, type Ipv4Cidr } from '../../address/ipv4.ts'
import { ipv6Contains, parseIpv6, type Ipv6Cidr } from '../../address/ipv6.ts'
import type { SeenLink } from '../link.ts'
import type { HostAnswers, Packet } from '../ruleset/ruleset.ts'

/** A route, whatever table it is in. */
export interface Way<Cidr> {
  readonly destination: Cidr
  readonly device: string | undefined
}

export interface SeenWays {
  readonly links: readonly Pick<SeenLink, 'name' | 'kind' | 'ipv4' | 'ipv6'>[]
  readonly routes: readonly Way<Ipv4Cidr>[]
  readonly routes6: readonly Way<Ipv6Cidr>[]
}

export function hostAnswers({ links, routes, routes6 }: SeenWays): Required<HostAnswers> {
  return {
    typeOf: (address, device) => {
      const asked = device === undefined ? links : links.filter(({ name }) => name === device)
      return address.includes(':') ? typeOf6(address, asked) : typeOf4(address, asked, device === undefined)
    },
    hasRoute: (address, device) => {
      const [v4, v6] = [parseIpv4(address), parseIpv6(address)]
      if (v4 !== undefined)
        return routes.some((way) => way.device === device && ipv4Contains(way.destination, v4))
      // Routes to link-local addresses are not among those that are looked at, and every link has them.
      if (v6 === undefined || isLinkLocal(address)) return v6 === undefined ? undefined : true
      return routes6.some((way) => way.device === device && ipv6Contains(way.destination, v6))
    },
    addressOf: (device, family) => firstAddress(links, device, family),
    kindOf: (device) => {
      const link = links.find(({ name }) => name === device)
      return link === undefined ? undefined : (link.kind ?? '')
    },
  }
}

const isLinkLocal = (address: string): boolean => /^fe[89ab]/i.test(address)

function firstAddress(
  links: SeenWays['links'],
  device: string,
  family: Packet['family'],
): string | undefined {
  const link = links.find(({ name }) => name === device)
  return (family === 'ip' ? link?.ipv4[0]?.address : link?.ipv6[0]?.address) ?? undefined
}

/** 127.0.0.0/8 is this host's wherever it is asked, but as seen from another device. */
function typeOf4(text: string, links: SeenWays['links'], isAnywhere: boolean): string | undefined {
  const address = parseIpv4(text)
  if (address === undefined) return undefined
  if (/^(22[4-9]|23\d)\./.test(address)) return 'multicast'
  if (address === '255.255.255.255') return 'broadcast'
  if (address.startsWith('127.') && (isAnywhere || links.some(({ name }) => name === 'lo'))) return 'local'
  const own = links.flatMap(({ ipv4 }) => ipv4)
  if (own.some((cidr) => cidr.address === address)) return 'local'
  const isBroadcast = (cidr: Ipv4Cidr): boolean =>
    cidr.prefix < 31 && ipv4FromNumber(ipv4Bounds(cidr).last) === address
  return own.some(isBroadcast) ? 'broadcast' : 'unicast'
}

function typeOf6(text: string, links: SeenWays['links']): string | undefined {
  const address = parseIpv6(text)
  if (address === undefined) return undefined
  if (/^ff/i.test(address)) return 'multicast'
  if (address === '::1') return 'local'
  if (links.some(({ ipv6 }) => ipv6.some((cidr) => cidr.address === address))) return 'local'
  // A link-local address of this host is not among those that are looked at.
  return isLinkLocal(address) ? undefined : 'unicast'
}
