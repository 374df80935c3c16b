/** What becomes of every element and attribute of libvirt's XML, read off the tables that its readers follow. */
import type { ElementShape } from './element-shape.ts'

export interface NamedPart {
  /** `network/ip/dhcp/range@start`. */
  readonly path: string
  /** `kept`: read, given back, and nothing is made of it. */
  readonly fate: 'works' | 'kept' | 'refused'
  /** Why it is refused. */
  readonly because?: string
}

export function namedParts(name: string, shape: ElementShape): NamedPart[] {
  return partsAt(name, shape)
}

function partsAt(path: string, shape: ElementShape): NamedPart[] {
  const { attributes = [], keptAttributes = [], children = {}, refused = {} } = shape
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
    ...Object.entries(refused).map(([name, because]) => ({
      path: `${path}/${name}`,
      fate: 'refused' as const,
      because,
    })),
  ]
}
