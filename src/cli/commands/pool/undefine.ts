/** weft pool undefine */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'pool undefine',
    summary: 'forget a pool that is stopped or has no disks; its directory stays',
    arguments: [{ name: 'POOL', summary: 'its name', completes: 'pool' }],
    flags: {},
    examples: [
      ['weft pool undefine fast', 'refused while it is active and a disk lies there'],
      ['weft pool undefine fast --dry-run', 'the file that would go'],
    ],
    changes: true,
  },
  ({ arguments: { POOL: name } }, door) =>
    change(door, 'undefinePool', { params: { name } }, { undefined: `Pool ${name} undefined` }),
)
