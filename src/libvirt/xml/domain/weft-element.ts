/**
 * What libvirt has no words for (addresses that guests keep, slots, what a machine was made from) stands in `<metadata>`, which libvirt
 * keeps as it is: one element of weft's own, with the rest of the definition as JSON.
 */
import type { KeptXml } from '../../../core/vm/spec.ts'
import type { XmlElement } from '../xml-tree.ts'

const NAMESPACE = 'urn:weft:machine'
const NAME = 'weft:machine'

export interface WeftPart {
  /** JSON. */
  readonly text: string
  readonly element: XmlElement
}

/** weft's element of a `<domain>`, and what is kept without it. */
export function takeWeft(
  domain: XmlElement,
  kept: readonly KeptXml[] = [],
): { readonly part: WeftPart | undefined; readonly kept: readonly KeptXml[] } {
  const element = domain.children
    .filter(({ name }) => name === 'metadata')
    .flatMap(({ children }) => children)
    .find(({ name }) => name === NAME)
  if (element === undefined) return { part: undefined, kept }
  return {
    part: { text: element.text, element },
    kept: kept.flatMap((each) =>
      each.name === 'metadata' && each.at === '' ? without(each, element.source) : [each],
    ),
  }
}

/** With the white space before it; metadata that held nothing else goes with it. */
function without(kept: KeptXml, source: string): KeptXml[] {
  const text = kept.xml ?? ''
  const at = text.indexOf(source)
  if (at < 0) return [kept]
  const xml = text.slice(0, at).trimEnd() + text.slice(at + source.length)
  return /^<metadata\s*>\s*<\/metadata>$/.test(xml) ? [] : [{ ...kept, xml }]
}

/** Into the metadata there is, or one of its own. */
export function putWeft(kept: readonly KeptXml[], rest: object): KeptXml[] {
  if (Object.keys(rest).length === 0) return [...kept]
  const json = JSON.stringify(rest).replace(/[&<>]/g, (char) => ESCAPES[char] ?? char)
  const element = `<${NAME} xmlns:weft="${NAMESPACE}">${json}</${NAME}>`
  const place = kept.findIndex(({ at, name }) => at === '' && name === 'metadata')
  const own = { at: '', name: 'metadata', xml: `<metadata>\n    ${element}\n  </metadata>` }
  if (place < 0) return [...kept, own]
  return kept.map((each, i) => (i === place ? { ...each, xml: inside(each.xml ?? '', element) } : each))
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function inside(metadata: string, element: string): string {
  const closed = metadata.replace(/^(<metadata[^>]*?)\s*\/>$/, '$1></metadata>')
  const at = closed.lastIndexOf('</metadata')
  return `${closed.slice(0, at).trimEnd()}\n    ${element}\n  ${closed.slice(at)}`
}
