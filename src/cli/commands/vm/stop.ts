/** weft vm stop */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { countOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'vm stop',
    summary: 'ask a machine to shut down, and wait until it has',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      limit: { kind: 'text', value: 'SECONDS', summary: 'how long to wait; then the guest is left running' },
    },
    examples: [
      ['weft vm stop web', 'press its power button and wait until it is off'],
      ['weft vm kill web', 'when the guest does not listen'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags }, door) => {
    const query = flags.limit === undefined ? {} : { limitSeconds: countOf(flags.limit, '--limit') }
    return change(door, 'stopVm', { params: { name }, query }, { stopped: `Machine ${name} stopped` })
  },
)
