/** Which addresses a person wants a bridge over a NIC to have, where not those that the NIC has: read from words, and refused where they cannot work. */
import {
  formatIpv4Network,
  ipv4Bounds,
  ipv4Contains,
  ipv4ToNumber,
  parseIpv4,
  parseIpv4Cidr,
  type Ipv4Address,
} from '../../address/ipv4.ts'
import {
  formatIpv6Network,
  ipv6Contains,
  parseIpv6,
  parseIpv6Cidr,
  type Ipv6Address,
} from '../../address/ipv6.ts'
import { WeftError } from '../../errors.ts'
import type { Family } from './seen-uplink.ts'

/** One that does not run out. */
export interface StaticAddress {
  readonly ip: string
  readonly prefix: number
  /** On the same network; of IPv6 also a link-local one. */
  readonly gateway?: string
}

/** A family that is absent stays as it is on the NIC. */
export interface WantedAddress {
  readonly ipv4?: 'dhcp' | StaticAddress
  readonly ipv6?: StaticAddress
  /** Name servers, instead of those that there are; empty: those stay. */
  readonly dns: readonly string[]
}

/** The same as a person says it: `192.0.2.10/24`, `dhcp` or `keep`; at most one of a family. */
export interface AddressWords {
  readonly address?: readonly string[]
  readonly gateway?: readonly string[]
  readonly dns?: readonly string[]
}

export const familyOf = (text: string): Family => (text.includes(':') ? 6 : 4)

/** Undefined when all stays as it is on the NIC. Throws `invalid-argument`. */
export function parseWantedAddress({
  address = [],
  gateway = [],
  dns = [],
}: AddressWords): WantedAddress | undefined {
  if (address.includes('keep') && address.length > 1)
    throw refused("'keep' is all of it", 'a family that is not named stays as it is anyway')
  const words = address.filter((word) => word !== 'keep')
  for (const each of gateway) checkGateway(each, words)
  const [ipv4, ipv6] = ([4, 6] as const).map((family) => {
    const [first, ...more] = words.filter((word) => familyOf(word) === family)
    if (more.length > 0)
      throw refused(
        `'${[first, ...more].join("' and '")}' are both IPv${String(family)}`,
        'one address of each family; more can be added by hand',
      )
    return first === undefined || first === 'dhcp' ? first : staticAddress(first, gateway)
  })
  for (const each of dns) checkServer(each, [ipv4, ipv6])
  if (words.length === 0) return undefined
  return {
    ...(ipv4 === undefined ? {} : { ipv4: ipv4 }),
    ...(ipv6 === undefined ? {} : { ipv6: ipv6 as StaticAddress }),
    dns,
  }
}

const refused = (message: string, hint: string): WeftError =>
  new WeftError('invalid-argument', message, { hint })

function staticAddress(text: string, gateways: readonly string[]): StaticAddress {
  const family = familyOf(text)
  const ofFamily = gateways.filter((each) => familyOf(each) === family)
  if (ofFamily.length > 1)
    throw refused(`'${ofFamily.join("' and '")}' cannot both be the gateway`, 'one of each family')
  const address = family === 4 ? ipv4Address(text) : ipv6Address(text)
  const [gateway] = ofFamily
  if (gateway === undefined) return address
  if (!isWithin(text, gateway))
    throw refused(
      `the gateway ${gateway} is not within ${networkOf(text)}`,
      'a gateway is on the same cable: look at the address and at its prefix',
    )
  if (gateway === address.ip)
    throw refused(`${gateway} cannot be the gateway of itself`, 'the gateway is the router on the cable')
  return { ...address, gateway }
}

function ipv4Address(text: string): StaticAddress {
  const cidr = parseIpv4Cidr(text)
  if (cidr === undefined) throw noAddress(text)
  const { first, last } = ipv4Bounds(cidr)
  const value = ipv4ToNumber(cidr.address)
  const [byte = 0] = cidr.address.split('.').map(Number)
  if (byte === 0 || byte === 127 || byte >= 224)
    throw refused(`${cidr.address} cannot be the address of a host`, 'look at its first number')
  if (cidr.prefix < 31 && (value === first || value === last))
    throw refused(
      `${cidr.address} is the ${value === first ? 'network' : 'broadcast address'} of ${formatIpv4Network(cidr)}`,
      'a host has one in between',
    )
  return { ip: cidr.address, prefix: cidr.prefix }
}

function ipv6Address(text: string): StaticAddress {
  const cidr = parseIpv6Cidr(text)
  if (cidr === undefined) throw noAddress(text)
  if (/^(ff|fe[89ab]|::1?$)/.test(cidr.address))
    throw refused(
      `${cidr.address} cannot be the address of a host`,
      'link-local ones come by themselves; a host has one such as 2001:db8::10/64',
    )
  return { ip: cidr.address, prefix: cidr.prefix }
}

const noAddress = (text: string): WeftError =>
  refused(`'${text}' is no address`, "'keep', 'dhcp', 192.0.2.10/24 or 2001:db8::10/64, with the prefix")

/** `text` is an address with its prefix. */
export function isWithin(text: string, ip: string): boolean {
  if (familyOf(text) !== familyOf(ip)) return false
  const v4 = parseIpv4Cidr(text)
  if (v4 !== undefined) return ipv4Contains(v4, ip as Ipv4Address)
  const v6 = parseIpv6Cidr(text)
  return v6 !== undefined && (/^fe[89ab]/.test(ip) || ipv6Contains(v6, ip as Ipv6Address))
}

function networkOf(text: string): string {
  const [v4, v6] = [parseIpv4Cidr(text), parseIpv6Cidr(text)]
  if (v4 !== undefined) return formatIpv4Network(v4)
  return v6 === undefined ? text : formatIpv6Network(v6)
}

function checkGateway(text: string, words: readonly string[]): void {
  if (!isAddress(text)) throw refused(`'${text}' is no address of a gateway`, 'an address without a prefix')
  const own = words.find((word) => familyOf(word) === familyOf(text))
  if (own === undefined || own === 'dhcp')
    throw refused(
      `the gateway ${text} goes with an address, and none was said`,
      own === 'dhcp'
        ? 'the DHCP server tells the gateway'
        : `--address ${familyOf(text) === 4 ? '192.0.2.10/24' : '2001:db8::10/64'} --gateway ${text}; without --address the bridge has the addresses and routes of the NIC`,
    )
}

function checkServer(text: string, wanted: readonly unknown[]): void {
  if (!isAddress(text))
    throw refused(`'${text}' is no address of a name server`, 'an address without a prefix')
  if (!wanted.some((each) => typeof each === 'object'))
    throw refused(
      `the name server ${text} goes with an address, and none was said`,
      '--address 192.0.2.10/24 --gateway 192.0.2.1 --dns 192.0.2.53; without it they stay as they are, and a DHCP server tells its own',
    )
}

const isAddress = (text: string): boolean => parseIpv4(text) !== undefined || parseIpv6(text) !== undefined
