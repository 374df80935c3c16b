/** weft vm delete */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm delete',
    summary: 'forget a machine; its disks stay',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: { force: { kind: 'switch', summary: 'also when it runs: it is killed first' } },
    examples: [
      ['weft vm delete web', 'forget the definition; refused while it runs'],
      ['weft vm delete web --dry-run', 'which file would go'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags }, door) => {
    const query = flags.force ? { force: true } : {}
    return change(door, 'deleteVm', { params: { name }, query }, { deleted: `Machine ${name} deleted` })
  },
)
