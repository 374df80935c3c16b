/** weft down */
import { declareCommand } from '../declare.ts'

export const command = declareCommand(
  {
    words: 'down',
    summary: 'take back what `weft up` made',
    about: 'What people have made since stays.',
    arguments: [],
    flags: {
      yes: { kind: 'switch', short: 'y', summary: 'nothing is asked anyway; taken for symmetry with up' },
    },
    examples: [
      ['sudo weft down --sandbox', 'end the sandbox and everything in it'],
      ['sudo weft down --yes', 'take back what `weft up` did to this host'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const { down } = await import('../../setup/down.ts')
    return down({ sandbox: door.isSandbox, root: door.root, connection: door.connection })
  },
)
