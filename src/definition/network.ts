/** Network definitions as text: libvirt's XML, weft's YAML, JSON; recognised, read and written back without loss. */
import { invalidDefinition, type Problem } from '../core/errors.ts'
import type { NetworkDraft, Place } from '../core/network/draft.ts'
import type { KeptElement, NetworkSpec } from '../core/network/spec.ts'
import type { Reading } from '../libvirt/xml/element-shape.ts'
import { draftFromData } from '../libvirt/xml/network-draft.ts'
import { formatNetworkXml, inOrder, parseNetworkXml } from '../libvirt/xml/network.ts'
import { parseXml } from '../libvirt/xml/xml-tree.ts'
import { networkObject } from './network-object.ts'
import { inYamlWords, networkData } from './network-yaml.ts'
import { parseYaml, type YamlTree } from './yaml-tree.ts'

export type DefinitionFormat = 'xml' | 'yaml' | 'json'

export interface ReadOptions {
  /** Recognised when not named. */
  readonly format?: DefinitionFormat | undefined
  /** The file's name, for messages. */
  readonly source?: string | undefined
}

/** Throws 'invalid-definition' with every problem and its place. */
export async function readNetworkDefinition(text: string, options: ReadOptions = {}): Promise<NetworkDraft> {
  const format = options.format ?? recognizeFormat(text)
  const what = options.source ?? 'the definition'
  if (text.trim() === '') {
    throw invalidDefinition(what, [
      {
        path: 'definition',
        message: 'there is no text in it',
        hint: 'weft net define FILE',
        line: 1,
        column: 1,
      },
    ])
  }
  const result = format === 'xml' ? await parseNetworkXml(text) : await parseNetworkYaml(text, format)
  if ('problems' in result) throw invalidDefinition(what, result.problems)
  return result.draft
}

/** XML begins with `<`, JSON with `{`; everything else is taken for YAML. */
export function recognizeFormat(text: string): DefinitionFormat {
  const first = text.replace(/^\uFEFF/, '').trimStart()[0]
  if (first === '<') return 'xml'
  return first === '{' || first === '[' ? 'json' : 'yaml'
}

async function parseNetworkYaml(
  text: string,
  format: 'yaml' | 'json',
): Promise<{ draft: NetworkDraft } | { problems: readonly Problem[] }> {
  const parsed = await parseYaml(text, format === 'yaml' ? 'YAML' : 'JSON')
  return 'problems' in parsed ? parsed : readNetworkTree(parsed.tree)
}

/** The same of a part of a larger text. */
export async function readNetworkTree(
  tree: YamlTree,
): Promise<{ draft: NetworkDraft } | { problems: readonly Problem[] }> {
  const reading: Reading = { problems: [], places: new Map<string, Place>([['', tree.place]]) }
  const { data, xml, own } = networkData(tree, reading)
  const draft = draftFromData(data, reading, own)
  const kept = await readKept(xml, reading)
  const problems = reading.problems.map(inOwnWords)
  return problems.length > 0 ? { problems: inOrder(problems) } : { draft: { ...draft, kept } }
}

function inOwnWords(problem: Problem): Problem {
  return { ...problem, path: inYamlWords(problem.path), message: inYamlWords(problem.message) }
}

/** Elements that only libvirt's XML has are kept in every spelling. */
async function readKept(xml: readonly string[], reading: Reading): Promise<KeptElement[]> {
  const elements = await Promise.all(xml.map((each) => parseXml(each)))
  return elements.flatMap((result, index) => {
    const name = 'root' in result ? result.root.name : undefined
    if (name !== undefined && ['title', 'description', 'metadata'].includes(name)) {
      return [{ name, xml: (xml[index] ?? '').trim() }]
    }
    const message = 'this is not a <title>, <description> or <metadata> element of XML'
    reading.problems.push({ path: 'xml', message, ...reading.places.get('xml') })
    return []
  })
}

export async function formatNetwork(spec: NetworkSpec, format: DefinitionFormat): Promise<string> {
  if (format === 'xml') return formatNetworkXml(spec)
  const object = networkObject(spec)
  if (format === 'json') return `${JSON.stringify(object, null, 2)}\n`
  const { Document, isMap, isSeq, visit } = await import('yaml')
  const document = new Document(object)
  // A bridge and a reservation are read at a glance when each is on one line.
  visit(document, {
    Map(_key, node, path) {
      const parent = path.at(-1)
      const isReservation = isSeq(parent)
      if (isReservation || (isMap(node) && node.has('stp'))) node.flow = true
    },
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}
