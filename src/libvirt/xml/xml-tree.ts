/** XML text as a small ordered tree with the place of everything, so that a problem can say its line and column. */
import type { Problem } from '../../core/errors.ts'
import type { Place } from '../../core/network/draft.ts'

export interface XmlElement {
  readonly name: string
  readonly place: Place
  readonly attributes: readonly XmlAttribute[]
  readonly children: readonly XmlElement[]
  /** Character data of the element itself, entities resolved. */
  readonly text: string
  /** The element as it stood, tags included. */
  readonly source: string
}

export interface XmlAttribute {
  readonly name: string
  readonly value: string
  readonly place: Place
}

export type XmlResult = { readonly root: XmlElement } | { readonly problem: Problem }

/** Deeper than anybody's metadata; a text made to exhaust the stack of whoever walks it is no definition. */
const DEEPEST = 100

/** Loaded when the first XML comes along: most starts of weftd read none. */
export async function parseXml(text: string): Promise<XmlResult> {
  const { SaxesParser } = await import('saxes')
  // The parser counts a line end as one character whatever it is.
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const parser = new SaxesParser({ xmlns: false })
  const builder = startTree(source, () => parser.position)
  const problems: Problem[] = []
  // The first is told; the parser knows no other way to be stopped.
  const stop = (message: string, place: Place): never => {
    problems.push({ path: 'XML', message, ...place })
    throw new Error(message)
  }
  parser.on('error', (error) => {
    const message = error.message.replace(/^\d+:\d+: /, '').replace(/\.$/, '')
    // The parser has just closed the inner element itself, and complains about the outer one's tag.
    const unclosed = message === 'unexpected close tag' ? builder.lastClosed() : undefined
    if (unclosed !== undefined) stop(`<${unclosed.name}> is not closed`, unclosed.place)
    stop(message, { line: parser.line, column: parser.columnIndex + 1 })
  })
  parser.on('opentagstart', (tag) => {
    if (builder.open(tag.name) > DEEPEST)
      stop('this is nested too deeply', { line: parser.line, column: parser.columnIndex + 1 })
  })
  parser.on('attribute', ({ name, value }) => {
    builder.attribute(name, value)
  })
  parser.on('text', (chars) => {
    builder.text(chars)
  })
  parser.on('cdata', (chars) => {
    builder.text(chars)
  })
  parser.on('closetag', () => {
    builder.close()
  })
  try {
    parser.write(source).close()
  } catch (error) {
    if (problems.length === 0) throw error
  }
  const [problem] = problems
  if (problem !== undefined) return { problem }
  const root = builder.root()
  return root === undefined
    ? { problem: { path: 'XML', message: 'there is no element', line: 1, column: 1 } }
    : { root }
}

interface OpenElement {
  readonly name: string
  readonly from: number
  /** Where its last attribute ended: the next one is found without reading the others again. */
  read: number
  readonly attributes: XmlAttribute[]
  readonly children: XmlElement[]
  text: string
}

interface TreeBuilder {
  /** Answers with the depth. */
  open(name: string): number
  attribute(name: string, value: string): void
  text(chars: string): void
  close(): void
  lastClosed(): XmlElement | undefined
  root(): XmlElement | undefined
}

/** `position` tells how far the parser has read. */
function startTree(source: string, position: () => number): TreeBuilder {
  const placeOf = placeFinder(source)
  const open: OpenElement[] = []
  let root: XmlElement | undefined
  let last: XmlElement | undefined
  return {
    open(name) {
      const from = source.lastIndexOf('<', position() - 1)
      return open.push({ name, from, read: from, attributes: [], children: [], text: '' })
    },
    attribute(name, value) {
      const element = open.at(-1)
      if (element === undefined) return
      const from = findAttribute(source, name, element.read, position())
      element.read = position()
      element.attributes.push({ name, value, place: placeOf(from) })
    },
    text(chars) {
      const element = open.at(-1)
      if (element !== undefined) element.text += chars
    },
    close() {
      const element = open.pop()
      if (element === undefined) return
      const { name, from, attributes, children, text } = element
      const done = {
        name,
        attributes,
        children,
        text,
        place: placeOf(from),
        source: source.slice(from, position()),
      }
      last = done
      const parent = open.at(-1)
      if (parent === undefined) root ??= done
      else parent.children.push(done)
    },
    lastClosed: () => last,
    root: () => root,
  }
}

function findAttribute(source: string, name: string, from: number, to: number): number {
  const pattern = new RegExp(`(?<=\\s)${name.replace(/[^\w:-]/g, '\\$&')}\\s*=`, 'g')
  const last = [...source.slice(from, to).matchAll(pattern)].at(-1)
  return from + (last?.index ?? 0)
}

/** Offset in the text → line and column, both from 1. */
function placeFinder(source: string): (offset: number) => Place {
  const starts = [0, ...[...source.matchAll(/\n/g)].map((match) => match.index + 1)]
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
