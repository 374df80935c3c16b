/** What becomes of every element and attribute of libvirt's XML, read off the tables that its readers follow. */
import type { ElementShape } from './element-shape.ts'

export interface NamedPart {
  /** `network/ip/dhcp/range@start`. */
  readonly path: string
  /** `kept`: read, given back, and nothing is made of it; `not read`: passed over. */
  readonly fate: 'works' | 'kept' | 'not read' | 'refused'
  /** Why it is refused or not read. */
  readonly because?: string
}

export function namedParts(name: string, shape: ElementShape): NamedPart[] {
  return partsAt(name, shape)
}

function partsAt(path: string, shape: ElementShape): NamedPart[] {
  const { attributes = [], keptAttributes = [], children = {}, notRead = {}, refused = {} } = shape
  const withReason = (fate: NamedPart['fate'], names: Readonly<Record<string, string>>): NamedPart[] =>
    Object.entries(names).map(([name, because]) => ({ path: `${path}/${name}`, fate, because }))
  const attribute = (fate: NamedPart['fate']) => (name: string) => ({
    path: `${path}@${name.replace('@', '')}`,
    fate,
  })
  return [
    { path, fate: 'works' },
    ...attributes.map(attribute('works')),
    ...keptAttributes.map(attribute('kept')),
    ...Object.entries(children).flatMap(([name, child]): NamedPart[] => {
      const inside = `${path}/${name}`
      if (typeof child !== 'string') return partsAt(inside, child)
      return [{ path: inside, fate: child === 'kept' ? 'kept' : 'works' }]
    }),
    ...withReason('not read', notRead),
    ...withReason('refused', refused),
  ]
}
