/** weft port list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatPorts } from '../../views/network.ts'

export const command = declareCommand(
  {
    words: 'port list',
    summary: 'what is plugged into a network',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: {},
    examples: [
      ['weft port list default', 'machines and namespaces on the network, with their addresses'],
      ['weft port list default --json', 'the same for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { NETWORK: name } }, door) => {
    const ports = await ask(door, 'listPorts', { params: { name } })
    door.show(ports, formatPorts(ports, door))
  },
)
