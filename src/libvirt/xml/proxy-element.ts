/** Addresses of the LAN that guests have by proxy: libvirt's networks have none, so they stand in `<metadata>` under a name of weft's own. */
import { parseIpv4, ipv4ToNumber, type Ipv4Address } from '../../core/address/ipv4.ts'
import { parseIpv6, ipv6ToNumber, type Ipv6Address } from '../../core/address/ipv6.ts'
import type { KeptElement, ProxiedRange } from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import { isOurs, putInMetadata, WEFT_NAMESPACE, without } from './firewall-element.ts'
import { complain } from './read-value.ts'
import type { XmlElement } from './xml-tree.ts'

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

/** The words of a `<network>`, and its `<metadata>` without them. */
export function takeProxy(
  network: XmlElement,
  kept: readonly KeptElement[],
): { readonly words: string[] | undefined; readonly kept: KeptElement[] } {
  const [found] = network.children
    .filter(({ name }) => name === 'metadata')
    .flatMap((metadata) =>
      metadata.children.filter((each) => isOurs(each, [network, metadata, each], 'proxy')),
    )
  if (found === undefined) return { words: undefined, kept: [...kept] }
  const text = found.attributes.find(({ name }) => name === 'addresses')?.value ?? ''
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  return { words, kept: kept.flatMap((each) => without(each, found.source)) }
}

export function putProxy(kept: readonly KeptElement[], ranges: readonly ProxiedRange[]): KeptElement[] {
  const addresses = proxyWords(ranges).join(' ')
  return putInMetadata(kept, [`<weft:proxy xmlns:weft='${WEFT_NAMESPACE}' addresses='${addresses}'/>`])
}
