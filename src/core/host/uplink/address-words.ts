/** Addresses as the words that `ip address add` takes, on whichever link they are to be. */
import { formatIpv4Network, parseIpv4Cidr } from '../../address/ipv4.ts'
import { formatIpv6Network, parseIpv6Cidr } from '../../address/ipv6.ts'
import { FOREVER, type UplinkAddress, type UplinkRoute } from './seen-uplink.ts'

/** How a time that runs out is written: a number where it is done at once, a sum for the shell where it may be done later. */
export type Seconds = (seconds: number) => string

/** `from` is the link whose name the label begins with. */
export function addressWords(
  address: UplinkAddress,
  { from, to, seconds }: { readonly from: string; readonly to: string; readonly seconds: Seconds },
): string[] {
  const { valid_life_time: valid, preferred_life_time: preferred, metric, label } = address
  const life = (left: number): string => (left === FOREVER ? 'forever' : seconds(left))
  return [
    ...whichAddress(address),
    'dev',
    to,
    ...(address.broadcast === undefined ? [] : ['broadcast', address.broadcast]),
    ...(label === undefined ? [] : ['label', labelOn(label, from, to)]),
    'scope',
    address.scope,
    ...(valid === FOREVER ? [] : ['valid_lft', life(valid), 'preferred_lft', life(preferred)]),
    ...(valid === FOREVER && preferred !== FOREVER
      ? ['valid_lft', 'forever', 'preferred_lft', life(preferred)]
      : []),
    ...(metric === undefined ? [] : ['metric', String(metric)]),
    ...FLAGS.filter((flag) => address[flag] === true),
  ]
}

function labelOn(label: string, from: string, to: string): string {
  if (label.startsWith(from)) return to + label.slice(from.length)
  return label.startsWith(`${to}:`) ? label : to
}

/** Those that `ip` can give; the kernel alone makes temporary addresses. */
const FLAGS = ['noprefixroute', 'nodad', 'home', 'mngtmpaddr', 'autojoin'] as const

/** Enough to delete it by. */
export function whichAddress({ local, address, prefixlen }: UplinkAddress): string[] {
  return address === undefined
    ? [`${local}/${String(prefixlen)}`]
    : [local, 'peer', `${address}/${String(prefixlen)}`]
}

/** Whether the kernel makes this route by itself when the address comes. */
export function comesWith(address: UplinkAddress, route: UplinkRoute): boolean {
  const { protocol, gateway, nexthops, dst, table = 'main', family } = route
  if (protocol !== 'kernel' || gateway !== undefined || nexthops !== undefined || table !== 'main')
    return false
  if (address.noprefixroute === true || (address.family === 'inet') !== (family === 4)) return false
  return withPrefix(dst, family) === networkOf(address)
}

/** `192.0.2.0/24`; of a point-to-point address, the other end's. */
export function networkOf({ family, local, address = local, prefixlen }: UplinkAddress): string | undefined {
  const text = `${address}/${String(prefixlen)}`
  if (family === 'inet') {
    const cidr = parseIpv4Cidr(text)
    return cidr === undefined ? undefined : formatIpv4Network(cidr)
  }
  const cidr = parseIpv6Cidr(text)
  return cidr === undefined ? undefined : formatIpv6Network(cidr)
}

const withPrefix = (dst: string, family: 4 | 6): string =>
  dst.includes('/') ? dst : `${dst}/${family === 4 ? '32' : '128'}`
