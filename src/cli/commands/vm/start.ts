/** weft vm start */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm start',
    summary: 'start a machine',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm start web', 'start QEMU and plug its interfaces into their networks'],
      ['weft vm start web --dry-run', 'the commands that would do it'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name } }, door) =>
    change(
      door,
      'startVm',
      { params: { name } },
      {
        started: `Machine ${name} started`,
        restored: `Machine ${name} goes on where it was saved`,
        'already-running': `Machine ${name} is running already`,
      },
    ),
)
