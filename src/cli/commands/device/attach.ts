/** weft device attach */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'device attach',
    summary: 'give a PCI or USB device of the host to a machine, while it runs too',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'DEVICE', summary: 'as weft host device list shows it: 0000:01:00.0, 1-2.3, 0781:5567' },
    ],
    flags: {},
    examples: [
      ['weft device attach web 1-2', 'what is plugged into this port now'],
      ['weft device attach web 01:00.0 --dry-run', 'what would be taken from which driver'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DEVICE: device } }, door) =>
    change(
      door,
      'attachDevice',
      { params: { name }, body: { device } },
      { attached: `Machine ${name} has device ${device}` },
    ),
)
