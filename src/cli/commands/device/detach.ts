/** weft device detach */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'device detach',
    summary: 'take a device of the host from a machine, while it runs too',
    about: 'The guest lets go of it first; then it goes back to the driver that it had.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'DEVICE', summary: 'as the machine has it: weft vm show' },
    ],
    flags: {},
    examples: [
      ['weft device detach web 1-2', 'the host has it again'],
      ['weft device detach web 1-2 --dry-run', 'what would be done'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DEVICE: device } }, door) =>
    change(
      door,
      'detachDevice',
      { params: { name, device } },
      { detached: `Machine ${name} has no device ${device} any more` },
    ),
)
