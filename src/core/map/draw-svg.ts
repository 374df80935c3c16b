/** The picture as an SVG that stands alone: no font, script or style from elsewhere, readable on light and dark. */
import type { MapEdge, NetMap } from './map.ts'
import { LETTER, LINE, PAD, placeMap, type Box } from './place.ts'

const STYLE = `
  svg { color-scheme: light dark; --ink: #1f2933; --paper: #ffffff; --line: #7b8794; --fill: #f5f7fa }
  @media (prefers-color-scheme: dark) { svg { --ink: #e4e7eb; --paper: #14181d; --line: #9aa5b1; --fill: #222a33 } }
  .paper { fill: var(--paper) }
  text { font: 12px ui-monospace, 'DejaVu Sans Mono', monospace; fill: var(--ink) }
  .title { font-weight: bold }
  .box { fill: var(--fill); stroke: var(--line) }
  .switch .box { stroke: #2f80c2; stroke-width: 2 }
  .guest .box { stroke: #2f9e5b; stroke-width: 2 }
  .off .box { stroke-dasharray: 4 3 }
  .trouble .box { stroke: #d64545; stroke-width: 2 }
  .cable { fill: none; stroke: var(--line); stroke-width: 1.5 }
  .by { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; text-anchor: middle }
`

export function drawSvg(map: NetMap): string {
  const { boxes, width, height } = placeMap(map)
  const places = new Map(boxes.map((box) => [box.node.id, box]))
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="the network of this host" width="${String(width)}" height="${String(height)}" viewBox="0 0 ${String(width)} ${String(height)}">`,
    `<style>${STYLE}</style>`,
    '<rect class="paper" width="100%" height="100%"/>',
    ...map.edges.flatMap((edge) => drawCable(edge, places)),
    ...boxes.map(drawBox),
    '</svg>',
  ]
  return `${lines.join('\n')}\n`
}

/** From one box's side to the other's, the way that is shorter; a label in the middle. */
function drawCable({ from, to, by }: MapEdge, places: ReadonlyMap<string, Box>): string[] {
  const [a, b] = [places.get(from), places.get(to)]
  if (a === undefined || b === undefined) return []
  const isForward = a.x <= b.x
  const [x1, x2] = [isForward ? a.x + a.width : a.x, a.x < b.x ? b.x : b.x + b.width]
  const [y1, y2] = [a.y + a.height / 2, b.y + b.height / 2]
  const bend = Math.max(30, Math.abs(x2 - x1) / 2)
  const [c1, c2] = [isForward ? x1 + bend : x1 - bend, a.x < b.x ? x2 - bend : x2 + bend]
  const path = `<path class="cable" d="M ${at(x1, y1)} C ${at(c1, y1)} ${at(c2, y2)} ${at(x2, y2)}"/>`
  if (by === null) return [path]
  const [x, y] = [(x1 + 3 * c1 + 3 * c2 + x2) / 8, (y1 + y2) / 2 + 4]
  return [
    path,
    `<text class="by" x="${String(Math.round(x))}" y="${String(Math.round(y))}">${escape(by)}</text>`,
  ]
}

function drawBox({ node, lines, x, y, width, height }: Box): string {
  const classes = [
    node.kind,
    ...(node.isUp ? [] : ['off']),
    ...(node.trouble.length === 0 ? [] : ['trouble']),
  ]
  const text = lines.map((line, i) => {
    const isTitle = i === 0 ? ' class="title"' : ''
    return `<text${isTitle} x="${String(x + PAD)}" y="${String(y + PAD + LINE * i + 12)}">${escape(line)}</text>`
  })
  const kind = node.title.length + node.type.length + 3 < (width - 2 * PAD) / LETTER ? node.type : ''
  const corner = `<text text-anchor="end" opacity=".6" x="${String(x + width - PAD)}" y="${String(y + PAD + 12)}">${escape(kind)}</text>`
  return [
    `<g class="${classes.join(' ')}"><title>${escape(`${node.title}: ${node.type}`)}</title>`,
    `<rect class="box" rx="6" x="${String(x)}" y="${String(y)}" width="${String(width)}" height="${String(height)}"/>`,
    ...text,
    ...(kind === '' || kind === node.title ? [] : [corner]),
    '</g>',
  ].join('')
}

const at = (x: number, y: number): string => `${String(Math.round(x))} ${String(Math.round(y))}`

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string): string => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? '')
