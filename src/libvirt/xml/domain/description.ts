/** What a machine's definition says for people and programs only: its title, its description, and elements that a namespace each knows. */
import type { KeptXml } from '../../../core/vm/spec.ts'
import { escapeXml } from '../element-shape.ts'
import { parseXml, type XmlElement } from '../xml-tree.ts'

type Line = 'title' | 'description'

const isPart =
  (name: string) =>
  (part: KeptXml): boolean =>
    part.at === '' && part.name === name

export async function lineOf(kept: readonly KeptXml[] | undefined, name: Line): Promise<string | undefined> {
  const xml = kept?.find(isPart(name))?.xml
  const parsed = xml === undefined ? undefined : await parseXml(xml)
  return parsed === undefined || 'problem' in parsed ? undefined : parsed.root.text
}

/** Empty: none. */
export function withLine(kept: readonly KeptXml[] = [], name: Line, text: string): KeptXml[] {
  const others = kept.filter((part) => !isPart(name)(part))
  return text === '' ? others : [...others, { at: '', name, xml: `<${name}>${escapeXml(text)}</${name}>` }]
}

/** The element of that namespace, with its names as whoever put it there wrote them: without a prefix. */
export async function metadataOf(
  kept: readonly KeptXml[] | undefined,
  uri: string,
): Promise<string | undefined> {
  const xml = kept?.find(isPart('metadata'))?.xml
  if (xml === undefined) return undefined
  const found = (await elementsIn(xml)).find((each) => namespaceOf(each) === uri)
  if (found === undefined) return undefined
  const prefix = prefixOf(found.name)
  const plain = prefix === '' ? found.source : found.source.replaceAll(tagsWith(prefix), '$1$2')
  const declared = new RegExp(`\\sxmlns${prefix === '' ? '' : `:${prefix}`}=("[^"]*"|'[^']*')`)
  return plain.replace(declared, '')
}

export interface MetadataElement {
  readonly uri: string
  /** The prefix of its names. */
  readonly key: string
  /** Without one; undefined: it goes. */
  readonly xml: string | undefined
}

/** Throws a sentence where the element is none. */
export async function withMetadata(
  kept: readonly KeptXml[] = [],
  { uri, key, xml }: MetadataElement,
): Promise<KeptXml[]> {
  const before = kept.find(isPart('metadata'))?.xml
  const others = before === undefined ? [] : await elementsIn(before)
  const stay = others.filter((each) => namespaceOf(each) !== uri).map(({ source }) => source)
  const all = xml === undefined ? stay : [...stay, await prefixed(xml, key, uri)]
  const rest = kept.filter((part) => !isPart('metadata')(part))
  if (all.length === 0) return rest
  const lines = all.map((each) => `    ${each}\n`).join('')
  return [...rest, { at: '', name: 'metadata', xml: `<metadata>\n${lines}  </metadata>` }]
}

async function prefixed(xml: string, key: string, uri: string): Promise<string> {
  const parsed = await parseXml(xml)
  if ('problem' in parsed) throw new Error(parsed.problem.message)
  const { source } = parsed.root
  const named = source.replaceAll(/<(\/?)([A-Za-z_][\w.-]*)(?=[\s/>])/g, `<$1${key}:$2`)
  return named.replace(/(?=\s|\/?>)/, ` xmlns:${key}="${escapeXml(uri)}"`)
}

async function elementsIn(xml: string): Promise<readonly XmlElement[]> {
  const parsed = await parseXml(xml)
  return 'problem' in parsed ? [] : parsed.root.children
}

const prefixOf = (name: string): string => (name.includes(':') ? (name.split(':')[0] ?? '') : '')

const tagsWith = (prefix: string): RegExp => new RegExp(`(</?)${prefix}:([A-Za-z_])`, 'g')

function namespaceOf({ name, attributes }: XmlElement): string | undefined {
  const prefix = prefixOf(name)
  const declaration = prefix === '' ? 'xmlns' : `xmlns:${prefix}`
  return attributes.find((each) => each.name === declaration)?.value
}
