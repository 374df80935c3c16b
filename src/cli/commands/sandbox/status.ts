/** weft sandbox status */
import { declareCommand } from '../../declare.ts'
import { sandboxRootOf } from '../../door.ts'

export const command = declareCommand(
  {
    words: 'sandbox status',
    summary: 'whether a sandbox runs',
    arguments: [],
    flags: {},
    examples: [
      ['weft sandbox status', 'exit code 3 when none runs'],
      ['weft sandbox status --root /var/tmp/lab', 'the one of another directory'],
    ],
    changes: false,
  },
  async ({ flags }) => {
    const { sandbox } = await import('../../../sandbox/command.ts')
    return sandbox({ verb: 'status', root: sandboxRootOf(flags) })
  },
)
