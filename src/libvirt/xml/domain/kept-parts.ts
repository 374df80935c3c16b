/** What an element holds that weft makes nothing of: taken out of its data, and put back. */
import type { KeptElement } from '../../../core/network/spec.ts'
import type { KeptXml } from '../../../core/vm/spec.ts'
import type { ElementShape } from '../element-shape.ts'

/** Parts that repeat keep what is theirs themselves. */
export function keptOf(shape: ElementShape, data: object, at = ''): KeptXml[] {
  const values = data as Readonly<Record<string, unknown>>
  const attributes = (shape.keptAttributes ?? []).flatMap((name): KeptXml[] => {
    const value = values[name]
    return typeof value === 'string' ? [{ at, name, value }] : []
  })
  const children = Object.entries(shape.children ?? {}).flatMap(([name, kind]): KeptXml[] => {
    const value = values[name]
    if (value === undefined) return []
    if (kind === 'kept') return (value as KeptElement[]).map(({ xml }) => ({ at, name, xml }))
    if (typeof kind === 'string' || kind.isMany === true) return []
    return keptOf(kind, value as object, at === '' ? name : `${at}.${name}`)
  })
  return [...attributes, ...children]
}

type Tree = Record<string, unknown>

/** What stands there already is what weft says, and stays; what the shape has no place for is left out. */
export function withKept<Data extends object>(
  shape: ElementShape,
  data: Data,
  kept: readonly KeptXml[] = [],
): Data {
  return kept.reduce(
    (so, part) => put(shape, so, part.at === '' ? [] : part.at.split('.'), part),
    data as Tree,
  ) as Data
}

function put(shape: ElementShape, tree: Tree, path: readonly string[], part: KeptXml): Tree {
  const [next, ...rest] = path
  const kind = shape.children?.[next ?? part.name]
  if (next !== undefined) {
    if (typeof kind !== 'object' || kind.isMany === true) return tree
    return { ...tree, [next]: put(kind, (tree[next] ?? {}) as Tree, rest, part) }
  }
  const { name, value, xml } = part
  const before = tree[name]
  if (value !== undefined) {
    const isPlace = shape.keptAttributes?.includes(name) === true && before === undefined
    return isPlace ? { ...tree, [name]: value } : tree
  }
  if (kind !== 'kept' || xml === undefined) return tree
  return { ...tree, [name]: [...((before ?? []) as KeptElement[]), { name, xml }] }
}
