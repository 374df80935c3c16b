/** weft disk delete */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'disk delete',
    summary: 'delete a disk and what is on it',
    arguments: [{ name: 'DISK', summary: 'its name', completes: 'disk' }],
    flags: {},
    examples: [
      ['weft disk delete web', 'gone for good; refused while a machine names it'],
      ['weft disk delete web --dry-run', 'which file would go'],
    ],
    changes: true,
  },
  ({ arguments: { DISK: name } }, door) =>
    change(
      door,
      'deleteDisk',
      { params: { name } },
      {
        deleted: `Disk ${name} deleted`,
      },
    ),
)
