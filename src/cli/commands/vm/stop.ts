/** weft vm stop */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm stop',
    summary: 'ask a machine to shut down',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm stop web', 'press its power button and wait until it is off'],
      ['weft vm kill web', 'when the guest does not listen'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name } }, door) =>
    change(
      door,
      'stopVm',
      { params: { name } },
      {
        stopped: `Machine ${name} stopped`,
        'already-stopped': `Machine ${name} is not running`,
      },
    ),
)
