/** The picture as trees, for whoever draws it in lines: each node once in full, from the outside inwards; the same order every time. */
import type { MapEdge, MapNode, NetMap } from './map.ts'

export interface Branch {
  readonly node: MapNode
  /** How it is reached; nothing for a root. */
  readonly edge: MapEdge | undefined
  readonly branches: readonly Branch[]
  /** It stands elsewhere already, with what hangs on it. */
  readonly isAgain: boolean
}

/** Roots are what nothing leads to, the outside first. */
export function spanMap({ nodes, edges }: NetMap): Branch[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const leadTo = new Set(edges.map(({ to }) => to))
  const drawn = new Set<string>()
  const grow = (node: MapNode, edge?: MapEdge): Branch => {
    if (drawn.has(node.id)) return { node, edge, branches: [], isAgain: true }
    drawn.add(node.id)
    const next = edges
      .filter(({ from }) => from === node.id)
      .flatMap((each) => {
        const to = byId.get(each.to)
        return to === undefined ? [] : [{ edge: each, to }]
      })
      .sort((a, b) => compare(a.edge.by ?? '', b.edge.by ?? '') || inOrder(a.to, b.to))
    return { node, edge, branches: next.map(({ edge: by, to }) => grow(to, by)), isAgain: false }
  }
  const ordered = [...nodes].sort(inOrder)
  const roots = ordered.filter(({ id }) => !leadTo.has(id)).map((node) => grow(node))
  // In a ring nothing comes first.
  return [...roots, ...ordered.flatMap((node) => (drawn.has(node.id) ? [] : [grow(node)]))]
}

const RANK = { outside: 0, link: 1, switch: 2, plug: 3, guest: 4 } as const

function inOrder(a: MapNode, b: MapNode): number {
  return RANK[a.kind] - RANK[b.kind] || compare(a.title, b.title)
}

/** eth2 before eth10. */
const { compare } = new Intl.Collator('en', { numeric: true })
