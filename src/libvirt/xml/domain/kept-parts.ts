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
  if (kept.length === 0) return data
  const copies = new Set<unknown>()
  const copyOf = (tree: unknown): Tree => {
    if (copies.has(tree)) return tree as Tree
    const copy = { ...(tree as Tree | undefined) }
    copies.add(copy)
    return copy
  }
  const all = copyOf(data)
  for (const part of kept) {
    const place = placeOf(shape, all, part.at, copyOf)
    if (place !== undefined) put(place.shape, place.tree, part)
  }
  return all as Data
}

interface PlaceInTree {
  readonly shape: ElementShape
  /** To be written to. */
  readonly tree: Tree
}

function placeOf(
  root: ElementShape,
  all: Tree,
  at: string,
  copyOf: (tree: unknown) => Tree,
): PlaceInTree | undefined {
  let [shape, tree] = [root, all]
  for (const next of at === '' ? [] : at.split('.')) {
    const kind = shape.children?.[next]
    if (typeof kind !== 'object' || kind.isMany === true) return undefined
    const inner = copyOf(tree[next])
    tree[next] = inner
    ;[shape, tree] = [kind, inner]
  }
  return { shape, tree }
}

function put(shape: ElementShape, tree: Tree, { name, value, xml }: KeptXml): void {
  const before = tree[name]
  if (value !== undefined) {
    if (shape.keptAttributes?.includes(name) === true && before === undefined) tree[name] = value
  } else if (shape.children?.[name] === 'kept' && xml !== undefined)
    tree[name] = [...((before ?? []) as KeptElement[]), { name, xml }]
}
