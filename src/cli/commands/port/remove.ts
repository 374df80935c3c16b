/** weft port remove */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'port remove',
    summary: 'unplug a network namespace from a network',
    arguments: [
      { name: 'NETWORK', summary: 'its name', completes: 'network' },
      { name: 'PORT', summary: "the port's name, or its interface", completes: 'port' },
    ],
    flags: {},
    examples: [
      ['weft port remove default box', 'box leaves the network; the namespace stays'],
      ['weft port remove default vport0 --dry-run', 'what would be done'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name, PORT: port } }, door) =>
    change(
      door,
      'removePort',
      { params: { name, port } },
      { removed: `${port} is unplugged from network ${name}` },
    ),
)
