/** weft sandbox start */
import { declareCommand } from '../../declare.ts'
import { sandboxRootOf } from '../../door.ts'

export const command = declareCommand(
  {
    words: 'sandbox start',
    summary: 'start a world of namespaces to try things in',
    arguments: [],
    flags: {},
    examples: [
      ['sudo weft sandbox start', 'an uplink, a router and an outside, and nothing of weft yet'],
      ['sudo weft up --sandbox', 'the same with weftd, a network and machines in it'],
    ],
    changes: false,
  },
  async ({ flags }) => {
    const { sandbox } = await import('../../../sandbox/command.ts')
    return sandbox({ verb: 'start', root: sandboxRootOf(flags) })
  },
)
