/** Domain XML of libvirt's own, made ready to be read as a definition of weft's: see foreign-rules.ts. */
import type { XmlElement } from '../xml-tree.ts'
import { attributeOf, childOf, FOREIGN_RULES, type ForeignPlace, type ForeignRule } from './foreign-rules.ts'

export interface Domesticated {
  readonly root: XmlElement
  /** One for each thing that somebody could miss. */
  readonly notes: readonly string[]
}

export function withoutForeign(root: XmlElement): Domesticated {
  const notes: string[] = []
  return { root: visit(root, 'domain', { parent: root, position: 0 }, notes) ?? root, notes }
}

function visit(
  element: XmlElement,
  at: string,
  place: ForeignPlace,
  notes: string[],
): XmlElement | undefined {
  const rules = FOREIGN_RULES.filter((rule) => rule.at === at && (rule.holds?.(element, place) ?? true))
  const own = rules.filter(({ attribute }) => attribute === undefined)
  for (const rule of own) {
    if (rule.value?.test(element.text.trim()) === false) continue
    tell(
      notes,
      rule,
      `<${element.name}>${rule.value === undefined ? '' : ` '${element.text.trim()}'`}`,
      element,
    )
    if (rule.stays === true) continue
    if (rule.instead === undefined) return undefined
    return { ...element, text: rule.instead }
  }
  const attributes = element.attributes.flatMap((each) => {
    const rule = rules.find(
      ({ attribute, value }) => attribute === each.name && value?.test(each.value) !== false,
    )
    if (rule === undefined) return [each]
    tell(notes, rule, `<${element.name} ${each.name}='${each.value}'>`, each)
    return rule.instead === undefined ? [] : [{ ...each, value: rule.instead }]
  })
  return pluggedIn({ ...element, attributes, children: childrenOf(element, at, notes) }, at, notes)
}

function childrenOf(element: XmlElement, at: string, notes: string[]): XmlElement[] {
  const counts = new Map<string, number>()
  return element.children.flatMap((child) => {
    const position = counts.get(child.name) ?? 0
    const kept = visit(child, `${at}/${child.name}`, { parent: element, position }, notes)
    // A second one counts from those that stay.
    if (kept !== undefined) counts.set(child.name, position + 1)
    return kept ?? []
  })
}

function tell(
  notes: string[],
  { why, instead, stays }: ForeignRule,
  what: string,
  { place }: Pick<XmlElement, 'place'>,
): void {
  if (why === undefined) return
  notes.push(
    `${what} in line ${String(place.line)}: ${instead === undefined && stays !== true ? 'left out, ' : ''}${why}`,
  )
}

/** NICs that are on no network and no bridge: behind address translation, on a NIC of the host, on a TAP of somebody's. */
function pluggedIn(element: XmlElement, at: string, notes: string[]): XmlElement {
  const type = attributeOf(element, 'type')
  if (
    at !== 'domain/devices/interface' ||
    type === undefined ||
    !['user', 'direct', 'ethernet'].includes(type)
  )
    return element
  const { place } = element
  const source = childOf(element, 'source')
  const device = attributeOf(
    type === 'direct' ? (source ?? element) : (childOf(element, 'target') ?? element),
    'dev',
  )
  const [kind, key, from] =
    type === 'user' ? ['network', 'network', 'default'] : ['bridge', 'bridge', device ?? '']
  const why =
    type === 'user'
      ? "on network 'default', whose guests reach the outside through this host"
      : `on the network of '${from}'`
  notes.push(`<interface type='${type}'> in line ${String(place.line)}: ${why}`)
  return {
    ...element,
    attributes: element.attributes.map((each) => (each.name === 'type' ? { ...each, value: kind } : each)),
    children: [
      ...element.children.filter(({ name }) => name !== 'source' && name !== 'target'),
      {
        name: 'source',
        place,
        attributes: [{ name: key, value: from, place }],
        children: [],
        text: '',
        source: '',
      },
    ],
  }
}
