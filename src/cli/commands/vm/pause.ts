/** weft vm pause */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm pause',
    summary: 'hold a machine: its processors stand still',
    about: 'What virsh calls suspend. To free its memory too, use `weft vm save`.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm pause web', 'its memory, its links and its disks stay as they are'],
      ['weft vm pause web --dry-run', 'what QEMU would be told'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name } }, door) =>
    change(
      door,
      'pauseVm',
      { params: { name } },
      {
        paused: `Machine ${name} paused`,
        'already-paused': `Machine ${name} is paused already`,
      },
    ),
)
