/** weft pool start */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'pool start',
    summary: 'look for disks in a pool that was stopped, and put new ones there',
    arguments: [{ name: 'POOL', summary: 'its name', completes: 'pool' }],
    flags: {},
    examples: [
      ['weft pool start fast', 'until it is stopped; weft pool autostart has it back after a boot'],
      ['weft pool start fast --dry-run', 'the mark that would be written'],
    ],
    changes: true,
  },
  ({ arguments: { POOL: name } }, door) =>
    change(
      door,
      'startPool',
      { params: { name } },
      { started: `Pool ${name} started`, 'already-active': `Pool ${name} is active already` },
    ),
)
