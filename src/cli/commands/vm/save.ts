/** weft vm save */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm save',
    summary: 'keep the memory of a machine in a file, and stop it',
    about:
      'What virsh calls managedsave. The next `weft vm start` lets its guest go on where it stood still, also after a reboot of the host. ' +
      'Its disks must not change meanwhile: weft neither changes them nor restores the machine once somebody has.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm save web', 'free what it has of memory and processors'],
      ['weft vm save web --dry-run', 'the commands that would do it'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name } }, door) =>
    change(door, 'saveVm', { params: { name } }, { saved: `Machine ${name} saved` }),
)
