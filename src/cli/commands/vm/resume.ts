/** weft vm resume */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm resume',
    summary: 'let a machine go on',
    about:
      'A machine whose write failed stands still until then; the write is tried again, and its guest never hears of it. A guest that sleeps is woken.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm resume web', 'after a pause, or when there is room on the disk again'],
      ['weft vm resume web --dry-run', 'what QEMU would be told'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name } }, door) =>
    change(
      door,
      'resumeVm',
      { params: { name } },
      {
        resumed: `Machine ${name} resumed`,
        'already-running': `Machine ${name} is running already`,
      },
    ),
)
