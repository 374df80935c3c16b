/** weft net undefine */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'net undefine',
    summary: 'forget the definition of a network',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: {},
    examples: [
      ['weft net undefine lab', 'forget it; while it runs it runs on until it is stopped'],
      ['weft net undefine lab --dry-run', 'which file would go'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name } }, door) =>
    change(
      door,
      'undefineNetwork',
      { params: { name } },
      {
        undefined: `Network ${name} has been undefined`,
      },
    ),
)
