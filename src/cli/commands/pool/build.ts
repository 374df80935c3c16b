/** weft pool build */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'pool build',
    summary: 'make the directory of a pool',
    arguments: [{ name: 'POOL', summary: 'its name', completes: 'pool' }],
    flags: {},
    examples: [
      ['weft pool build fast', 'nothing happens when it is there'],
      ['weft pool build fast --dry-run', 'the command that would run'],
    ],
    changes: true,
  },
  ({ arguments: { POOL: name } }, door) =>
    change(door, 'buildPool', { params: { name } }, { built: `Pool ${name} built` }),
)
