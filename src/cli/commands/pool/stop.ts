/** weft pool stop */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'pool stop',
    summary: 'have a pool no longer: its disks stay where they are, and machines keep theirs',
    arguments: [{ name: 'POOL', summary: 'its name', completes: 'pool' }],
    flags: {},
    examples: [
      ['weft pool stop fast', 'names of its disks are free then'],
      ['weft pool stop fast --dry-run', 'the mark that would be written'],
    ],
    changes: true,
  },
  ({ arguments: { POOL: name } }, door) =>
    change(
      door,
      'stopPool',
      { params: { name } },
      { stopped: `Pool ${name} stopped`, 'not-active': `Pool ${name} is not active` },
    ),
)
