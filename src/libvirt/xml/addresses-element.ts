/** Addresses that libvirt's networks have no place for: in `<metadata>`, each list in an element of weft's own, `<weft:proxy addresses='...'/>`. */
import type { KeptElement } from '../../core/network/spec.ts'
import { isOurs, putInMetadata, WEFT_NAMESPACE, without } from './firewall-element.ts'
import type { XmlElement } from './xml-tree.ts'

/** The words of such an element of a `<network>`, and its `<metadata>` without them. */
export function takeAddresses(
  network: XmlElement,
  kept: readonly KeptElement[],
  name: string,
): { readonly words: string[] | undefined; readonly kept: KeptElement[] } {
  const [found] = network.children
    .filter((child) => child.name === 'metadata')
    .flatMap((metadata) => metadata.children.filter((each) => isOurs(each, [network, metadata, each], name)))
  if (found === undefined) return { words: undefined, kept: [...kept] }
  const text = found.attributes.find((each) => each.name === 'addresses')?.value ?? ''
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  return { words, kept: kept.flatMap((each) => without(each, found.source)) }
}

export function putAddresses(
  kept: readonly KeptElement[],
  name: string,
  words: readonly string[],
): KeptElement[] {
  return putInMetadata(kept, [
    `<weft:${name} xmlns:weft='${WEFT_NAMESPACE}' addresses='${words.join(' ')}'/>`,
  ])
}
