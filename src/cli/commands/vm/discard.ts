/** weft vm discard */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'vm discard',
    summary: 'give the saved memory of a machine up: its next start boots',
    about: 'Its guest finds its disks as after a power cut. What virsh calls managedsave-remove.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft vm discard web', 'the memory is gone; its disks stay'],
      ['weft vm discard web --dry-run', 'which files would go'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name } }, door) =>
    change(door, 'discardVm', { params: { name } }, { discarded: `The saved memory of ${name} is gone` }),
)
