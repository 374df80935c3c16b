/** weft vm kill */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm kill',
    summary: 'stop a machine at once, as if its plug were pulled',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm kill web', 'end its QEMU now'],
      ['weft vm kill web --dry-run', 'what would be done'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name } }, door) =>
    change(
      door,
      'killVm',
      { params: { name } },
      {
        killed: `Machine ${name} killed`,
        stopped: `Machine ${name} stopped`,
        'already-stopped': `Machine ${name} is not running`,
      },
    ),
)
