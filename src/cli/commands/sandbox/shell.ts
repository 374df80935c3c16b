/** weft sandbox shell */
import { declareCommand } from '../../declare.ts'
import { sandboxRootOf } from '../../door.ts'

export const command = declareCommand(
  {
    words: 'sandbox shell',
    summary: 'a shell in the sandbox',
    arguments: [],
    flags: {},
    examples: [
      ['sudo weft sandbox shell', 'ip, nft, ping and weft see the sandbox in it'],
      ['sudo weft sandbox shell --root /var/tmp/lab', 'the one of another directory'],
    ],
    changes: false,
  },
  async ({ flags }) => {
    const { sandbox } = await import('../../../sandbox/command.ts')
    return sandbox({ verb: 'shell', root: sandboxRootOf(flags) })
  },
)
