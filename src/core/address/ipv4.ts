/** IPv4 addresses and networks: parsed once at the edge, trusted afterwards. */

declare const ipv4Brand: unique symbol
/** A dotted quad in canonical form, `192.168.122.1`. */
export type Ipv4Address = string & { readonly [ipv4Brand]: true }

/** An address with its prefix length; `address` keeps its host bits. */
export interface Ipv4Cidr {
  readonly address: Ipv4Address
  readonly prefix: number
}

/** Refuses leading zeros: inet_aton would read them as octal. */
export function parseIpv4(text: string): Ipv4Address | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const plain = parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  return plain ? (text as Ipv4Address) : undefined
}

/** `192.168.122.1/24` → address and prefix; host bits are kept. */
export function parseIpv4Cidr(text: string): Ipv4Cidr | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text)
  const address = parseIpv4(match?.[1] ?? '')
  const prefix = Number(match?.[2])
  return address !== undefined && prefix <= 32 ? { address, prefix } : undefined
}

export function ipv4ToNumber(address: Ipv4Address): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function ipv4FromNumber(value: number): Ipv4Address {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.') as Ipv4Address
}

/** `255.255.255.0` → 24; undefined when the ones are not contiguous. */
export function prefixFromNetmask(netmask: Ipv4Address): number | undefined {
  const bits = ipv4ToNumber(netmask).toString(2).padStart(32, '0')
  return /^1*0*$/.test(bits) ? `${bits}0`.indexOf('0') : undefined
}

export function netmaskFromPrefix(prefix: number): Ipv4Address {
  return ipv4FromNumber(2 ** 32 - 2 ** (32 - prefix))
}

interface Ipv4Bounds {
  readonly first: number
  readonly last: number
}

/** Hundreds of networks are compared with each other. */
const known = new WeakMap<Ipv4Cidr, Ipv4Bounds>()

/** First and last address of the network, as numbers. */
export function ipv4Bounds(cidr: Ipv4Cidr): Ipv4Bounds {
  const bounds = known.get(cidr) ?? computeBounds(cidr)
  known.set(cidr, bounds)
  return bounds
}

function computeBounds({ address, prefix }: Ipv4Cidr): Ipv4Bounds {
  const size = 2 ** (32 - prefix)
  const first = Math.floor(ipv4ToNumber(address) / size) * size
  return { first, last: first + size - 1 }
}

/** `192.168.122.1/24` → `192.168.122.0/24`. */
export function formatIpv4Network(cidr: Ipv4Cidr): string {
  return `${ipv4FromNumber(ipv4Bounds(cidr).first)}/${String(cidr.prefix)}`
}

export function formatIpv4Cidr(cidr: Ipv4Cidr): string {
  return `${cidr.address}/${String(cidr.prefix)}`
}

export function ipv4Contains(cidr: Ipv4Cidr, address: Ipv4Address): boolean {
  const { first, last } = ipv4Bounds(cidr)
  const value = ipv4ToNumber(address)
  return value >= first && value <= last
}

export function ipv4Overlaps(a: Ipv4Cidr, b: Ipv4Cidr): boolean {
  const left = ipv4Bounds(a)
  const right = ipv4Bounds(b)
  return left.first <= right.last && right.first <= left.last
}
