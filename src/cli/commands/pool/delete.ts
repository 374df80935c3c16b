/** weft pool delete */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'pool delete',
    summary: 'remove the directory of a pool that is stopped and empty',
    arguments: [{ name: 'POOL', summary: 'its name', completes: 'pool' }],
    flags: {},
    examples: [
      ['weft pool delete fast', 'its definition stays: weft pool undefine'],
      ['weft pool delete fast --dry-run', 'the command that would run'],
    ],
    changes: true,
  },
  ({ arguments: { POOL: name } }, door) =>
    change(
      door,
      'deletePoolDirectory',
      { params: { name } },
      { deleted: `Directory of pool ${name} deleted` },
    ),
)
