/** The picture in the languages of two programs that lay it out themselves: Mermaid and Graphviz. */
import type { MapNode, NetMap } from './map.ts'

/** https://mermaid.js.org/syntax/flowchart.html */
export function drawMermaid(map: NetMap): string {
  const ids = shortIds(map)
  const shapes = {
    outside: ['((', '))'],
    link: ['[', ']'],
    switch: ['[[', ']]'],
    plug: ['>', ']'],
    guest: ['(', ')'],
  }
  const lines = [
    'flowchart LR',
    ...map.nodes.map((node) => {
      const [open, close] = shapes[node.kind] as [string, string]
      return `  ${ids(node.id)}${open}"${words(node).map(escapeMermaid).join('<br/>')}"${close}`
    }),
    ...map.edges.map(({ from, to, by }) => {
      const label = by === null ? '' : `|"${escapeMermaid(by)}"|`
      return `  ${ids(from)} ---${label} ${ids(to)}`
    }),
    '  classDef trouble stroke:#c00,stroke-width:3px',
    '  classDef off stroke-dasharray:4',
    ...classLine(map, 'trouble', ids, ({ trouble }) => trouble.length > 0),
    ...classLine(map, 'off', ids, ({ isUp }) => !isUp),
  ]
  return `${lines.join('\n')}\n`
}

function classLine(
  { nodes }: NetMap,
  name: string,
  ids: (id: string) => string,
  isOne: (node: MapNode) => boolean,
): string[] {
  const members = nodes.filter(isOne).map(({ id }) => ids(id))
  return members.length === 0 ? [] : [`  class ${members.join(',')} ${name}`]
}

/** https://graphviz.org/doc/info/lang.html */
export function drawDot(map: NetMap): string {
  const shapes = { outside: 'ellipse', link: 'box', switch: 'box3d', plug: 'cds', guest: 'component' }
  const lines = [
    'graph weft {',
    '  rankdir=LR',
    '  node [fontname="sans-serif"]',
    ...map.nodes.map((node) => {
      const styles = [
        ...(node.trouble.length === 0 ? [] : ['color=red']),
        ...(node.isUp ? [] : ['style=dashed']),
      ].map((style) => `, ${style}`)
      return `  ${quoteDot(node.id)} [shape=${shapes[node.kind]}, label=${quoteDot(words(node).join('\n'))}${styles.join('')}]`
    }),
    ...map.edges.map(({ from, to, by }) => {
      const label = by === null ? '' : ` [label=${quoteDot(by)}]`
      return `  ${quoteDot(from)} -- ${quoteDot(to)}${label}`
    }),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

const words = ({ title, type, facts, trouble }: MapNode): string[] => [
  title === type ? title : `${title} (${type})`,
  ...facts,
  ...trouble.map((sentence) => `! ${sentence}`),
]

/** Mermaid takes letters and digits only. */
function shortIds({ nodes }: NetMap): (id: string) => string {
  const numbers = new Map(nodes.map(({ id }, i) => [id, `n${String(i)}`]))
  return (id) => numbers.get(id) ?? id
}

/** Its own entities: `#34;` is a quote. */
const escapeMermaid = (text: string): string =>
  text.replace(/[#&<>"]/g, (sign) => `#${String(sign.charCodeAt(0))};`)

const quoteDot = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`
