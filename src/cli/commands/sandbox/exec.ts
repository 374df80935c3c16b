/** weft sandbox exec */
import { WeftError } from '../../../core/errors.ts'
import { declareCommand } from '../../declare.ts'
import { sandboxRootOf } from '../../door.ts'

export const command = declareCommand(
  {
    words: 'sandbox exec',
    summary: 'run a command in the sandbox',
    arguments: [{ name: 'COMMAND', summary: 'the program and its words, after --', rest: true }],
    flags: {},
    examples: [
      ['sudo weft sandbox exec -- ip address', 'the addresses of the host in the sandbox'],
      ['sudo weft sandbox exec -- ip netns exec outside ping -c1 192.0.2.10', 'seen from its outside'],
    ],
    changes: false,
  },
  async ({ arguments: { COMMAND: argv }, flags }) => {
    if (argv.length === 0)
      throw new WeftError('invalid-argument', "'weft sandbox exec' needs a command", {
        hint: 'weft sandbox exec -- ip address',
      })
    const { sandbox } = await import('../../../sandbox/command.ts')
    return sandbox({ verb: 'exec', root: sandboxRootOf(flags), argv })
  },
)
