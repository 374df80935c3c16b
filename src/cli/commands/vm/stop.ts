/** weft vm stop */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given, patienceOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'vm stop',
    summary: 'ask a machine to shut down, and wait until it has',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      mode: {
        kind: 'text',
        value: 'HOW',
        choices: ['acpi', 'agent'],
        summary:
          'only by its power button, or only by the agent in its guest; default: the first, and both after 10 s',
      },
      timeout: { kind: 'text', value: 'TIME', summary: 'how long to wait; default 60s' },
      force: {
        kind: 'switch',
        summary: 'kill it when it has not shut down by then; else it is left running',
      },
    },
    examples: [
      ['weft vm stop web', 'press its power button and wait until it is off'],
      ['weft vm stop web --mode agent', 'by the agent, as for a guest that has no power button'],
      ['weft vm stop web --timeout 20s --force', 'and pull its plug after 20 s'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags }, door) =>
    change(
      door,
      'stopVm',
      {
        params: { name },
        query: { ...patienceOf(flags), ...given({ mode: flags.mode as 'acpi' | 'agent' | undefined }) },
      },
      { stopped: `Machine ${name} stopped`, killed: `Machine ${name} killed` },
    ),
)
