/** weft up */
import { declareCommand } from '../declare.ts'

export const command = declareCommand(
  {
    words: 'up',
    summary: 'from a bare host to a machine on a network that works',
    about:
      'Installs what is missing (asks first), starts weftd, the network default and a first machine, waits for its ' +
      'address, and draws the network. With --sandbox all of that in namespaces of its own: nothing on this host is ' +
      'changed but for missing packages, and once they are there no internet is needed.',
    arguments: [],
    flags: { yes: { kind: 'switch', short: 'y', summary: 'install what is missing without asking' } },
    examples: [
      ['sudo weft up --sandbox', 'try all of weft without touching this host'],
      ['sudo weft up --yes', 'set this host up'],
    ],
    changes: false,
  },
  async ({ flags }, door) => {
    const { up } = await import('../../setup/up.ts')
    return up({ sandbox: door.isSandbox, yes: flags.yes, root: door.root, connection: door.connection })
  },
)
