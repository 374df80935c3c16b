/**
 * What an XML element may hold, described once: reading (with everything unknown refused) and writing (in libvirt's order and spelling)
 * both follow from the description.
 */
import type { Problem } from '../../core/errors.ts'
import { readOnce } from '../../core/host/read-once.ts'
import type { KeptElement } from '../../core/network/spec.ts'
import type { Place } from '../../core/network/draft.ts'
import type { XmlElement } from './xml-tree.ts'

/** Attributes and children are written in the order of the description. */
export interface ElementShape {
  /** One that a child has the name of too is written with an @. */
  readonly attributes?: readonly string[]
  /** Nothing of weft's is made of these; they are read and written like the others. */
  readonly keptAttributes?: readonly string[]
  /** These of them libvirt writes before all others. */
  readonly firstAttributes?: readonly string[]
  readonly children?: Readonly<Record<string, ElementShape | Kind>>
  /** May stand several times. */
  readonly isMany?: true
  /** Text beside attributes, as `text`. */
  readonly hasText?: true
  /** libvirt writes the closing tag even when there is nothing inside. */
  readonly neverSelfCloses?: true
  /** Names libvirt knows and weft cannot honour, with the reason; the rest is unknown to both. */
  readonly refused?: Readonly<Record<string, string>>
  /** Names that may stand there and are passed over, with the reason. */
  readonly notRead?: Readonly<Record<string, string>>
  /** Attributes and elements that say nothing weft could miss. */
  readonly ignored?: RegExp
}

/** Text only; the same several times; an element kept as it stands, several times too. */
type Kind = 'text' | 'texts' | 'kept'

/** An element's content as plain data: attributes and texts are strings, children are nested, those that repeat are lists. */
export type ElementData<S extends ElementShape> = {
  readonly [A in Names<S['attributes']> | Names<S['keptAttributes']>]?: string
} & (S['hasText'] extends true ? { readonly text?: string } : unknown) & {
    readonly [C in keyof S['children']]?: ChildData<S['children'][C]>
  }

type Names<L> = L extends readonly string[] ? L[number] : never

type ChildData<C> = C extends 'text'
  ? string
  : C extends 'texts'
    ? readonly string[]
    : C extends 'kept'
      ? readonly KeptElement[]
      : C extends { readonly isMany: true } & ElementShape
        ? readonly ElementData<C>[]
        : C extends ElementShape
          ? ElementData<C>
          : never

/** Where problems and places are gathered while reading. */
export interface Reading {
  readonly problems: Problem[]
  readonly places: Map<string, Place>
}

/** Paths are those of the data: `ip[0].dhcp.host[1].mac`. */
export function readElement<S extends ElementShape>(
  shape: S,
  element: XmlElement,
  reading: Reading,
): ElementData<S> {
  return readAt(shape, element, '', reading) as ElementData<S>
}

function readAt(shape: ElementShape, element: XmlElement, path: string, reading: Reading): unknown {
  const data: Record<string, unknown> = {}
  for (const { name, value, place } of element.attributes) {
    const key = attributeKey(shape, name)
    if (key !== undefined) {
      data[key] = value
      reading.places.set(join(path, key), place)
    } else if (!isPassedOver(shape, name)) {
      refuse(shape, name, `attribute '${name}' of <${element.name}>`, place, reading)
    }
  }
  if (shape.hasText === true) {
    data['text'] = element.text.trim()
  } else if (element.text.trim() !== '') {
    const message = `<${element.name}> holds no text, but here it has '${element.text.trim().slice(0, 40)}'`
    reading.problems.push({ path: `<${element.name}>`, message, ...element.place })
  }
  for (const child of element.children) readChild(shape, element, child, { data, path, reading })
  return data
}

const isPassedOver = ({ ignored, notRead = {} }: ElementShape, name: string): boolean =>
  Object.hasOwn(notRead, name) || ignored?.test(name) === true

function attributeKey(
  { attributes = [], keptAttributes = [] }: ElementShape,
  name: string,
): string | undefined {
  return [...attributes, ...keptAttributes].find((each) => each === name || each === `@${name}`)
}

interface Into {
  readonly data: Record<string, unknown>
  readonly path: string
  readonly reading: Reading
}

function readChild(shape: ElementShape, parent: XmlElement, child: XmlElement, into: Into): void {
  const { data, path, reading } = into
  const kind = Object.hasOwn(shape.children ?? {}, child.name) ? shape.children?.[child.name] : undefined
  if (kind === undefined) {
    if (isPassedOver(shape, child.name)) return
    refuse(shape, child.name, `<${child.name}> in <${parent.name}>`, child.place, reading)
    return
  }
  const isMany = typeof kind === 'string' ? kind !== 'text' : kind.isMany === true
  const before = (data[child.name] ?? []) as unknown[]
  if (!isMany && Object.hasOwn(data, child.name)) {
    const message = `<${child.name}> stands twice in <${parent.name}>`
    reading.problems.push({ path: `<${child.name}>`, message, ...child.place })
    return
  }
  const childPath = join(path, isMany ? `${child.name}[${String(before.length)}]` : child.name)
  reading.places.set(childPath, child.place)
  const value = readValue(kind, child, childPath, reading)
  data[child.name] = isMany ? [...before, value] : value
}

function readValue(kind: ElementShape | Kind, child: XmlElement, path: string, reading: Reading): unknown {
  if (kind === 'kept') return { name: child.name, xml: child.source }
  if (typeof kind !== 'string') return readAt(kind, child, path, reading)
  const [inner] = [...child.attributes, ...child.children]
  if (inner !== undefined) {
    const message = `<${child.name}> holds text only`
    reading.problems.push({ path: `<${child.name}>`, message, ...inner.place })
  }
  return child.text
}

function refuse(shape: ElementShape, name: string, what: string, place: Place, reading: Reading): void {
  const reason = Object.hasOwn(shape.refused ?? {}, name) ? shape.refused?.[name] : undefined
  const message = reason === undefined ? `${what} is unknown` : `${what} is not supported: ${reason}`
  const hint = reason === undefined ? 'check its spelling, or leave it out' : 'leave it out'
  reading.problems.push({ path: `<${name}>`, message, hint, ...place })
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** What an element has that it may not have, in one sentence with its line; for readers that look into it in their own way. */
export function firstStranger(shape: ElementShape, element: XmlElement): string | undefined {
  const problems: Problem[] = []
  readAt(shape, element, '', { problems, places: new Map() })
  const [first] = problems
  return first === undefined ? undefined : `line ${String(first.line ?? 1)}: ${first.message}`
}

/** Two spaces a level and single quotes, as libvirt writes it. */
export function writeElement<S extends ElementShape>(name: string, shape: S, data: ElementData<S>): string {
  const lines: string[] = []
  writeAt(lines, '', { name, shape }, data)
  return `${lines.join('\n')}\n`
}

interface Writing {
  readonly name: string
  readonly shape: ElementShape
}

/** Of a shape these are always the same. */
const attributesOf = readOnce(
  ({ attributes = [], keptAttributes = [], firstAttributes = [] }: ElementShape) =>
    [...new Set([...firstAttributes, ...attributes, ...keptAttributes])].map((key) => ({
      key,
      written: key.replace('@', ''),
    })),
)
const childrenOf = readOnce(({ children = {} }: ElementShape) => Object.entries(children))

function writeAt(lines: string[], indent: string, { name, shape }: Writing, data: object): void {
  const values = data as Readonly<Record<string, unknown>>
  let tag = `${indent}<${name}`
  for (const { key, written } of attributesOf(shape)) {
    const value = values[key]
    if (typeof value === 'string') tag += ` ${written}='${escapeAttribute(value)}'`
  }
  const place = lines.push(`${tag}>`)
  for (const [child, kind] of childrenOf(shape)) {
    const value = values[child]
    if (value !== undefined) writeChild(lines, `${indent}  `, { name: child, kind }, value)
  }
  if (lines.length > place || shape.neverSelfCloses === true) {
    lines.push(`${indent}</${name}>`)
    return
  }
  const text = values['text']
  const hasText = shape.hasText === true && typeof text === 'string' && text !== ''
  lines[place - 1] = hasText ? `${tag}>${escapeXml(text)}</${name}>` : `${tag}/>`
}

function writeChild(
  lines: string[],
  indent: string,
  { name, kind }: { readonly name: string; readonly kind: ElementShape | Kind },
  value: unknown,
): void {
  if (kind === 'kept') for (const { xml } of value as KeptElement[]) lines.push(`${indent}${xml}`)
  else if (typeof kind === 'string') {
    const texts = kind === 'text' ? [value as string] : (value as string[])
    for (const text of texts) lines.push(`${indent}<${name}>${escapeXml(text)}</${name}>`)
  } else {
    const all = kind.isMany === true ? (value as object[]) : [value as object]
    for (const each of all) writeAt(lines, indent, { name, shape: kind }, each)
  }
}

/** A parser takes white space in an attribute for spaces. */
const escapeAttribute = (value: string): string =>
  escapeXml(value).replace(/[\t\n\r]/g, (char) => `&#${String(char.charCodeAt(0))};`)

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
}
