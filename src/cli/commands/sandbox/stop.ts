/** weft sandbox stop */
import { declareCommand } from '../../declare.ts'
import { sandboxRootOf } from '../../door.ts'

export const command = declareCommand(
  {
    words: 'sandbox stop',
    summary: 'end the sandbox and everything in it',
    arguments: [],
    flags: {},
    examples: [
      ['sudo weft sandbox stop', 'the kernel takes everything in it away'],
      ['sudo weft sandbox stop --root /var/tmp/lab', 'the one of another directory'],
    ],
    changes: false,
  },
  async ({ flags }) => {
    const { sandbox } = await import('../../../sandbox/command.ts')
    return sandbox({ verb: 'stop', root: sandboxRootOf(flags) })
  },
)
