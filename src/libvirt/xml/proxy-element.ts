/** Addresses of the LAN that guests have by proxy, as words. */
import { parseIpv4, ipv4ToNumber, type Ipv4Address } from '../../core/address/ipv4.ts'
import { parseIpv6, ipv6ToNumber, type Ipv6Address } from '../../core/address/ipv6.ts'
import type { ProxiedRange } from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import { complain } from './read-value.ts'

/** `192.0.2.226-192.0.2.238`, or one address. */
export const proxyWords = (ranges: readonly ProxiedRange[]): string[] =>
  ranges.map(({ start, end }) => (start === end ? start : `${start}-${end}`))

export function readProxy(words: readonly string[], reading: Reading): ProxiedRange[] {
  return words.flatMap((word, index): ProxiedRange[] => {
    const [start, end] = word.split('-').map((part) => parseIpv4(part.trim()) ?? parseIpv6(part.trim()))
    const range = start === undefined ? undefined : { start, end: word.includes('-') ? end : start }
    if (range?.end !== undefined && isInOrder(range.start, range.end))
      return [{ start: range.start, end: range.end }]
    complain(
      reading,
      `proxy[${String(index)}]`,
      `'${word}' is neither an address nor a range of addresses`,
      '192.0.2.226-192.0.2.238, or 192.0.2.77',
    )
    return []
  })
}

function isInOrder(start: Ipv4Address | Ipv6Address, end: Ipv4Address | Ipv6Address): boolean {
  const [from, to] = [start, end].map((each) =>
    each.includes(':') ? ipv6ToNumber(each as Ipv6Address) : BigInt(ipv4ToNumber(each as Ipv4Address)),
  )
  return start.includes(':') === end.includes(':') && from !== undefined && to !== undefined && from <= to
}
