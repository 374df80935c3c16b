/** The strings of `<ip>` elements, checked one by one and turned into the addresses of a definition. */
import { parseIpv4, prefixFromNetmask, type Ipv4Address } from '../../core/address/ipv4.ts'
import type { Ipv6Address } from '../../core/address/ipv6.ts'
import type { IpSpec, Ipv4Spec, Ipv6Spec } from '../../core/network/spec.ts'
import { readDhcp, readDhcp6 } from './dhcp-draft.ts'
import type { Reading } from './element-shape.ts'
import { given } from './given.ts'
import type { IpData } from './network-element.ts'
import { complain, readAddress, readAddress6, readTruth } from './read-value.ts'

export function readIps(ips: readonly IpData[], reading: Reading): IpSpec[] {
  return ips.flatMap((ip, index) => {
    const path = `ip[${String(index)}]`
    const family = readFamily(ip, path, reading)
    if (family === undefined) return []
    const spec = family === 'ipv4' ? readIpv4(ip, path, reading) : readIpv6(ip, path, reading)
    return spec === undefined ? [] : [spec]
  })
}

export function readFamily(
  { family = 'ipv4' }: { readonly family?: string },
  path: string,
  reading: Reading,
): 'ipv4' | 'ipv6' | undefined {
  if (family === 'ipv4' || family === 'ipv6') return family
  complain(reading, `${path}.family`, `'${family}' is no address family`, 'ipv4 or ipv6')
  return undefined
}

function readIpv4(ip: IpData, path: string, reading: Reading): Ipv4Spec | undefined {
  const isSilentIpv6 = ip.address?.includes(':') === true && ip.family === undefined
  if (isSilentIpv6) refuseSilentIpv6(ip.address, path, reading)
  const address = isSilentIpv6
    ? undefined
    : readAddress(ip.address, `${path}.address`, 'the network', reading)
  const length = readLength(ip, { path, most: 32, otherwise: classPrefix(address) }, reading)
  const dhcp = ip.dhcp === undefined ? undefined : readDhcp(ip.dhcp, `${path}.dhcp`, reading)
  if (ip.tftp !== undefined && ip.tftp.root === undefined)
    complain(reading, `${path}.tftp`, "<tftp> has no attribute 'root'")
  const more = given({ ...writtenOf(ip, path, reading), tftpRoot: ip.tftp?.root, dhcp })
  if (address === undefined || length === undefined) return undefined
  const { prefix, prefixSpelling } = length
  return { family: 'ipv4', cidr: { address, prefix }, prefixSpelling, ...more }
}

function refuseSilentIpv6(text: string, path: string, reading: Reading): void {
  const message = `'${text}' looks like IPv6, but the family is not named`
  complain(reading, `${path}.address`, message, "add family='ipv6'")
}

function readIpv6(ip: IpData, path: string, reading: Reading): Ipv6Spec | undefined {
  const address = readAddress6(ip.address, `${path}.address`, 'the network', reading)
  const length = readLength(ip, { path, most: 128, otherwise: 64 }, reading)
  const dhcp = ip.dhcp === undefined ? undefined : readDhcp6(ip.dhcp, `${path}.dhcp`, reading)
  if (ip.tftp !== undefined) complain(reading, `${path}.tftp`, 'files are served by TFTP over IPv4 only')
  const more = given({ ...writtenOf(ip, path, reading), dhcp })
  if (address === undefined || length === undefined) return undefined
  const { prefix, prefixSpelling } = length
  return { family: 'ipv6', cidr: { address, prefix }, prefixSpelling, ...more }
}

function writtenOf(
  ip: IpData,
  path: string,
  reading: Reading,
): { isFamilyWritten: true | undefined; hasLocalPtr: boolean | undefined } {
  return {
    isFamilyWritten: ip.family === 'ipv4' ? true : undefined,
    hasLocalPtr: readTruth(ip.localPtr, `${path}.localPtr`, reading),
  }
}

interface Length {
  readonly prefix: number
  readonly prefixSpelling: Ipv4Spec['prefixSpelling']
}

/** How long the prefix may be, and what it is when it is not given. */
export interface LengthRule {
  readonly path: string
  readonly most: 32 | 128
  readonly otherwise: number
}

export function readLength(
  { netmask, prefix }: { readonly netmask?: string; readonly prefix?: string },
  { path, most, otherwise }: LengthRule,
  reading: Reading,
): Length | undefined {
  if (netmask !== undefined && prefix !== undefined) {
    complain(reading, `${path}.prefix`, 'the address has both a netmask and a prefix', 'keep one of the two')
    return undefined
  }
  if (netmask !== undefined && most === 128) {
    complain(reading, `${path}.netmask`, 'IPv6 has prefixes, not netmasks', "such as prefix='64'")
    return undefined
  }
  if (netmask !== undefined) {
    const mask = parseIpv4(netmask)
    const bits = mask === undefined ? undefined : prefixFromNetmask(mask)
    if (bits === undefined)
      complain(reading, `${path}.netmask`, `'${netmask}' is not a netmask`, 'such as 255.255.255.0')
    return bits === undefined ? undefined : { prefix: bits, prefixSpelling: 'netmask' }
  }
  if (prefix !== undefined) {
    const isPrefix = /^\d{1,3}$/.test(prefix) && Number(prefix) <= most
    if (!isPrefix) complain(reading, `${path}.prefix`, `'${prefix}' is not a prefix of 0 to ${String(most)}`)
    return isPrefix ? { prefix: Number(prefix), prefixSpelling: 'prefix' } : undefined
  }
  return { prefix: otherwise, prefixSpelling: 'class' }
}

/** As in the days before CIDR: class A, B or C by the first bits. */
function classPrefix(address: Ipv4Address | Ipv6Address | undefined): number {
  const first = Number(address?.split('.')[0] ?? 0)
  if (first < 128) return 8
  return first < 192 ? 16 : 24
}
