/** weft vm delete */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm delete',
    summary: 'forget a machine; its disks stay',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm delete web', 'forget the definition; refused while it runs'],
      ['weft vm delete web --dry-run', 'which file would go'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name } }, door) =>
    change(
      door,
      'deleteVm',
      { params: { name } },
      {
        deleted: `Machine ${name} deleted; its disks are still there`,
      },
    ),
)
