/** weft vm reset */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm reset',
    summary: 'begin anew at once, as after a press on the reset button',
    about: 'To ask the guest, use `weft vm reboot`. A crashed or paused machine runs afterwards.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm reset web', 'whatever its guest was doing is lost'],
      ['weft vm reset web --dry-run', 'what QEMU would be told'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name } }, door) =>
    change(
      door,
      'resetVm',
      { params: { name } },
      {
        reset: `Machine ${name} reset`,
      },
    ),
)
