/** weft cd eject */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'cd eject',
    summary: 'take the CD out of the drive of a machine, also while it runs',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      drive: { kind: 'text', value: 'N', summary: 'which drive, counted from 0 (default 0)' },
    },
    examples: [
      ['weft cd eject arch', 'the drive stays, empty'],
      ['weft cd eject win --drive 1', 'of the second drive'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags }, door) =>
    change(
      door,
      'changeCd',
      { params: { name, drive: flags.drive ?? '0' }, body: { path: null } },
      {
        changed: `The CD drive of machine ${name} is empty`,
        'already-there': `The CD drive of machine ${name} is empty already`,
      },
    ),
)
