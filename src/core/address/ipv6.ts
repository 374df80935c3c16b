/** IPv6 addresses and networks: parsed once at the edge, kept in the short spelling everybody prints (RFC 5952). */

declare const ipv6Brand: unique symbol
/** In canonical form, `fd77:5::1`. */
export type Ipv6Address = string & { readonly [ipv6Brand]: true }

/** An address with its prefix length; `address` keeps its host bits. */
export interface Ipv6Cidr {
  readonly address: Ipv6Address
  readonly prefix: number
}

/** Any spelling, an IPv4 tail included; no zone (`%eth0`). */
export function parseIpv6(text: string): Ipv6Address | undefined {
  const groups = parseGroups(text)
  return groups === undefined ? undefined : formatGroups(groups)
}

/** `fd77:5::1/64` → address and prefix; host bits are kept. */
export function parseIpv6Cidr(text: string): Ipv6Cidr | undefined {
  const match = /^([\da-f:.]+)\/(\d{1,3})$/i.exec(text)
  const address = parseIpv6(match?.[1] ?? '')
  const prefix = Number(match?.[2])
  return address !== undefined && prefix <= 128 ? { address, prefix } : undefined
}

export function ipv6ToNumber(address: Ipv6Address): bigint {
  return (parseGroups(address) ?? []).reduce((sum, group) => (sum << 16n) + BigInt(group), 0n)
}

export function ipv6FromNumber(value: bigint): Ipv6Address {
  return formatGroups(
    Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn)),
  )
}

/** First and last address of the network, as numbers. */
export function ipv6Bounds(cidr: Ipv6Cidr): { first: bigint; last: bigint } {
  const size = 1n << BigInt(128 - cidr.prefix)
  const first = (ipv6ToNumber(cidr.address) / size) * size
  return { first, last: first + size - 1n }
}

/** `fd77:5::1/64` → `fd77:5::/64`. */
export function formatIpv6Network(cidr: Ipv6Cidr): string {
  return `${ipv6FromNumber(ipv6Bounds(cidr).first)}/${String(cidr.prefix)}`
}

export function ipv6Contains(cidr: Ipv6Cidr, address: Ipv6Address): boolean {
  const { first, last } = ipv6Bounds(cidr)
  const value = ipv6ToNumber(address)
  return value >= first && value <= last
}

export function ipv6Overlaps(a: Ipv6Cidr, b: Ipv6Cidr): boolean {
  const left = ipv6Bounds(a)
  const right = ipv6Bounds(b)
  return left.first <= right.last && right.first <= left.last
}

/** Eight numbers, or undefined. */
function parseGroups(text: string): number[] | undefined {
  const plain = withoutIpv4Tail(text)
  if (plain === undefined || !/^[\da-f:]+$/i.test(plain)) return undefined
  const halves = plain.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const words = [...head, ...tail]
  if (words.some((word) => !/^[\da-f]{1,4}$/i.test(word))) return undefined
  const missing = 8 - words.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const zeros = Array.from({ length: missing }, () => '0')
  return [...head, ...zeros, ...tail].map((word) => parseInt(word, 16))
}

/** `::ffff:192.0.2.1` → `::ffff:c000:201`. */
function withoutIpv4Tail(text: string): string | undefined {
  const [, before, quad] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? []
  if (before === undefined || quad === undefined) return text.includes('.') ? undefined : text
  const parts = quad.split('.').map(Number)
  if (parts.some((part) => part > 255)) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = parts
  return `${before}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

/** The longest run of at least two zeros becomes `::`, the first one of equals. */
function formatGroups(groups: readonly number[]): Ipv6Address {
  const words = groups.map((group) => group.toString(16)).join(':')
  const runs = [...words.matchAll(/(?<=^|:)0(?::0)+(?=:|$)/g)].map((match) => match[0])
  const longest = runs.reduce((best, zeros) => (zeros.length > best.length ? zeros : best), '')
  if (longest === '') return words as Ipv6Address
  const at = new RegExp(`(?:^|:)${longest}(?::|$)`).exec(words)
  return (
    at === null ? words : `${words.slice(0, at.index)}::${words.slice(at.index + at[0].length)}`
  ) as Ipv6Address
}
