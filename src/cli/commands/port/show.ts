/** weft port show */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatPort } from '../../views/traffic.ts'

export const command = declareCommand(
  {
    words: 'port show',
    summary: 'show one port: whose it is, whether its cable is in, and what it has carried',
    arguments: [
      { name: 'NETWORK', summary: 'its name', completes: 'network' },
      { name: 'PORT', summary: "the guest's name, or the port's interface", completes: 'port' },
    ],
    flags: {},
    examples: [
      ['weft port show default web', "the machine's plug in the network"],
      ['weft port show default vnet0 --json', 'the same for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { NETWORK: name, PORT: port } }, door) => {
    const view = await ask(door, 'showPort', { params: { name, port } })
    door.show(view, formatPort(view))
  },
)
