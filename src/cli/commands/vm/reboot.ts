/** weft vm reboot */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { patienceOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'vm reboot',
    summary: 'ask a machine to reboot, and wait until it has shut down and begun anew',
    about:
      'Its power button is pressed, and QEMU begins anew when the guest is off: its console, its links and its process stay.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      timeout: { kind: 'text', value: 'TIME', summary: 'how long to wait; default 60s' },
      force: {
        kind: 'switch',
        summary: 'reset it when it has not shut down by then; else it is left running',
      },
    },
    examples: [
      ['weft vm reboot web', 'press its power button, and begin anew when it is off'],
      ['weft vm reset web', 'when the guest does not listen'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags }, door) =>
    change(
      door,
      'rebootVm',
      { params: { name }, query: patienceOf(flags) },
      { rebooted: `Machine ${name} rebooted`, reset: `Machine ${name} reset` },
    ),
)
