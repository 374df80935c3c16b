/** weft map */
import type { NetMap } from '../../core/map/map.ts'
import { ask } from '../ask.ts'
import { declareCommand } from '../declare.ts'

const FORMATS = ['text', 'svg', 'mermaid', 'dot'] as const

export const command = declareCommand(
  {
    words: 'map',
    summary: 'the network of this host as a picture, from the outside to the guests',
    about:
      'It is what the kernel shows at this moment, with what weft did not make as well. ! marks what is not as it should be. For Mermaid and Graphviz it is a text that they draw; --json has the nodes and edges.',
    arguments: [],
    flags: {
      format: {
        kind: 'text',
        value: 'FORMAT',
        choices: FORMATS,
        summary: 'text (the default), svg, mermaid or dot',
      },
    },
    examples: [
      ['weft map', 'in the terminal'],
      ['weft map --format svg > network.svg', 'for a browser, or a document'],
      ['weft map --format dot | dot -Tpdf > network.pdf', 'by Graphviz'],
    ],
    changes: false,
  },
  async ({ flags }, door) => {
    const map = await ask(door, 'map', {})
    door.show(map, door.isJson ? '' : await draw(map, flags.format))
  },
)

async function draw(map: NetMap, format: string | undefined): Promise<string> {
  if (format === 'svg') return (await import('../../core/map/draw-svg.ts')).drawSvg(map)
  if (format === 'mermaid') return (await import('../../core/map/draw-graph.ts')).drawMermaid(map)
  if (format === 'dot') return (await import('../../core/map/draw-graph.ts')).drawDot(map)
  return (await import('../../core/map/draw-text.ts')).drawText(map, process.stdout.columns || 80)
}
