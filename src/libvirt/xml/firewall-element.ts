/**
 * weft's firewall in libvirt's XML: libvirt's networks have none, so it stands in `<metadata>`, which libvirt keeps as it is, under a
 * name of weft's own.
 */
import type { KeptElement } from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import type { FirewallData, RuleListData } from './firewall-draft.ts'
import { given } from './given.ts'
import { complain } from './read-value.ts'
import type { XmlElement } from './xml-tree.ts'

export const WEFT_NAMESPACE = 'urn:weft:network'

/** The firewall of a `<network>`, and its `<metadata>` without it. */
export function takeFirewall(
  network: XmlElement,
  kept: readonly KeptElement[],
  reading: Reading,
): { data: FirewallData | undefined; kept: KeptElement[] } {
  const found = network.children
    .filter(({ name }) => name === 'metadata')
    .flatMap((metadata) =>
      metadata.children.filter((each) => isOurs(each, [network, metadata, each], 'firewall')),
    )
  const [first, second] = found
  if (first === undefined) return { data: undefined, kept: [...kept] }
  reading.places.set('firewall', first.place)
  if (second !== undefined) {
    reading.places.set('firewall', second.place)
    complain(reading, 'firewall', `<${second.name}> stands here twice`, 'keep one of the two')
  }
  const data = readElement(first, reading)
  return { data, kept: kept.flatMap((each) => without(each, first.source)) }
}

/** `around` are the elements that may have declared its prefix, the outermost first. */
export function isOurs({ name }: XmlElement, around: readonly XmlElement[], wanted: string): boolean {
  const [prefix, local] = name.includes(':') ? name.split(':') : ['', name]
  if (local !== wanted) return false
  const declaration = prefix === '' ? 'xmlns' : `xmlns:${prefix ?? ''}`
  const declared = around.flatMap(({ attributes }) => attributes.filter((each) => each.name === declaration))
  return declared.at(-1)?.value === WEFT_NAMESPACE
}

/** With the white space before it; metadata that held nothing else goes with it. */
export function without(kept: KeptElement, source: string): KeptElement[] {
  const at = kept.name === 'metadata' ? kept.xml.indexOf(source) : -1
  if (at < 0) return [kept]
  const xml = kept.xml.slice(0, at).trimEnd() + kept.xml.slice(at + source.length)
  return /^<metadata\s*>\s*<\/metadata>$/.test(xml) ? [] : [{ ...kept, xml }]
}

function readElement(element: XmlElement, reading: Reading): FirewallData {
  const prefix = element.name.includes(':') ? `${element.name.split(':')[0] ?? ''}:` : ''
  const words = readAttributes(element, ['antiSpoofing', 'in', 'out'], reading)
  const data = {
    groups: [] as FirewallData['groups'][number][],
    guests: [] as FirewallData['guests'][number][],
  }
  const rules = readChildren(element, prefix, 'firewall', reading, (child) => {
    if (child.name === `${prefix}group`)
      data.groups.push(readGroup(child, prefix, data.groups.length, reading))
    else if (child.name === `${prefix}guest`)
      data.guests.push(readGuest(child, prefix, data.guests.length, reading))
    else refuse(child, element, reading)
  })
  return { ...words, rules, ...data }
}

function readGroup(
  element: XmlElement,
  prefix: string,
  index: number,
  reading: Reading,
): FirewallData['groups'][number] {
  const path = `firewall.groups[${String(index)}]`
  const { name = '', members, ...list } = readAttributes(element, ['name', 'members', 'in', 'out'], reading)
  return { name, members: splitList(members) ?? [], ...list, ...rulesOf(element, prefix, path, reading) }
}

function readGuest(
  element: XmlElement,
  prefix: string,
  index: number,
  reading: Reading,
): FirewallData['guests'][number] {
  const path = `firewall.guests[${String(index)}]`
  const attributes = ['name', 'antiSpoofing', 'addresses', 'in', 'out'] as const
  const { name = '', addresses, ...words } = readAttributes(element, attributes, reading)
  return {
    name,
    ...given({ addresses: splitList(addresses) }),
    ...words,
    ...rulesOf(element, prefix, path, reading),
  }
}

function rulesOf(
  element: XmlElement,
  prefix: string,
  path: string,
  reading: Reading,
): Pick<RuleListData, 'rules'> {
  reading.places.set(path, element.place)
  const rules = readChildren(element, prefix, path, reading, (child) => {
    refuse(child, element, reading)
  })
  return { rules }
}

/** The texts of its rules; everything else is the caller's. */
function readChildren(
  element: XmlElement,
  prefix: string,
  path: string,
  reading: Reading,
  other: (child: XmlElement) => void,
): string[] {
  const rules: string[] = []
  for (const child of element.children) {
    if (child.name !== `${prefix}rule`) {
      other(child)
      continue
    }
    reading.places.set(`${path}.rules[${String(rules.length)}]`, child.place)
    rules.push(child.text.trim())
  }
  return rules
}

function readAttributes<Name extends string>(
  { attributes, name: element }: XmlElement,
  names: readonly Name[],
  reading: Reading,
): Partial<Record<Name, string>> {
  const values: Partial<Record<Name, string>> = {}
  for (const { name, value, place: where } of attributes) {
    const known = names.find((each) => each === name)
    if (known !== undefined) values[known] = value
    else if (!name.startsWith('xmlns')) {
      const message = `<${element}> has no attribute '${name}'`
      reading.problems.push({
        path: element,
        message,
        hint: `known are ${names.join(', ')}`,
        ...where,
      })
    }
  }
  return values
}

function refuse(child: XmlElement, parent: XmlElement, reading: Reading): void {
  const message = `<${parent.name}> has no element <${child.name}>`
  reading.problems.push({ path: child.name, message, hint: 'see docs/guide/firewall.md', ...child.place })
}

const splitList = (text: string | undefined): string[] | undefined =>
  text?.split(/[\s,]+/).filter((part) => part !== '')

/** `<metadata>` with the firewall at its end. */
export const putFirewall = (kept: readonly KeptElement[], data: FirewallData): KeptElement[] =>
  putInMetadata(kept, formatElement(data))

export function putInMetadata(kept: readonly KeptElement[], lines: readonly string[]): KeptElement[] {
  const text = `\n    ${lines.join('\n    ')}`
  const metadata = kept.find(({ name }) => name === 'metadata')
  const before = /^(<metadata\b.*?)(\s*<\/metadata>)$/s.exec(metadata?.xml ?? '')
  const opening = before?.[1] ?? '<metadata>'
  const xml = `${opening}${text}${before?.[2]?.includes('\n') === true ? before[2] : '\n  </metadata>'}`
  return [...kept.filter((each) => each !== metadata), { name: 'metadata', xml }]
}

function formatElement({ groups, guests, rules, ...words }: FirewallData): string[] {
  return [
    `<weft:firewall xmlns:weft='${WEFT_NAMESPACE}'${attributesText(words)}>`,
    ...ruleElements(rules),
    ...groups.flatMap(({ members, rules: own, name, ...list }) =>
      withRules('group', { name, members: members.join(','), ...list }, own),
    ),
    ...guests.flatMap(({ rules: own, addresses, name, antiSpoofing, ...list }) =>
      withRules('guest', { name, ...given({ antiSpoofing, addresses: addresses?.join(',') }), ...list }, own),
    ),
    '</weft:firewall>',
  ]
}

function withRules(
  name: string,
  words: Readonly<Record<string, string>>,
  rules: readonly string[],
): string[] {
  const opening = `<weft:${name}${attributesText(words)}`
  if (rules.length === 0) return [`  ${opening}/>`]
  return [`  ${opening}>`, ...ruleElements(rules).map((line) => `  ${line}`), `  </weft:${name}>`]
}

const ruleElements = (rules: readonly string[]): string[] =>
  rules.map((rule) => `  <weft:rule>${escapeXml(rule)}</weft:rule>`)

const attributesText = (words: Readonly<Record<string, string>>): string =>
  Object.entries(words)
    .map(([name, value]) => ` ${name}='${escapeXml(value)}'`)
    .join('')

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll("'", '&apos;')
