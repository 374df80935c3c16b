/** weft job finish */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { VM_DISK } from '../../disk-job.ts'
import { diskOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'job finish',
    summary:
      'end work on a disk that is ready and held: the copy is of this moment, or the machine goes over',
    arguments: VM_DISK,
    flags: { pivot: { kind: 'switch', summary: 'the machine goes over to the image that was made' } },
    examples: [
      ['weft job finish web disk0', 'the copy is whole; the machine goes on with the disk it has'],
      ['weft job finish web disk0 --pivot', 'the machine goes over'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DISK: disk }, flags: { pivot } }, door) =>
    change(
      door,
      'finishJob',
      { params: { name, disk: diskOf(disk) }, body: pivot ? { pivot } : {} },
      {
        finished: pivot
          ? `Machine ${name} has gone over from its disk ${disk}`
          : `Disk ${disk} of machine ${name} is copied as it is now`,
      },
    ),
)
