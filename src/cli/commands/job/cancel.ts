/** weft job cancel */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { VM_DISK } from '../../disk-job.ts'
import { diskOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'job cancel',
    summary: 'give up what is being done to a disk; the machine goes on with the disk it has',
    arguments: VM_DISK,
    flags: {},
    examples: [
      ['weft job cancel web disk0', 'by what QEMU calls the disk, as weft job list shows it'],
      ['weft job cancel web web', 'by its name'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DISK: disk } }, door) =>
    change(
      door,
      'cancelJob',
      { params: { name, disk: diskOf(disk) } },
      { cancelled: `Nothing is being done to disk ${disk} of machine ${name} any more` },
    ),
)
