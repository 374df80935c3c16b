/** weft disk commit */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { HELD_FLAGS, jobBody, VM_DISK, withProgress } from '../../disk-job.ts'
import { diskOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk commit',
    summary: 'put what a disk has of its own into what it begins with, while its machine runs too',
    about:
      'The machine goes over to that and its overlay is gone. Refused where anybody else begins with it: another disk, another machine, or ' +
      'an image that machines are made from.',
    arguments: VM_DISK,
    flags: HELD_FLAGS,
    examples: [
      ['weft disk commit web web-1', 'the overlay web-1 goes into the disk below it'],
      ['weft disk commit web web-1 --background', 'the same without waiting for it'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DISK: disk }, flags }, door) =>
    withProgress(door, name, () =>
      change(
        door,
        'commitDisk',
        { params: { name, disk: diskOf(disk) }, body: jobBody(flags) },
        {
          committed: `Disk ${disk} of machine ${name} committed to what it began with`,
          begun: `Disk ${disk} of machine ${name} is being committed`,
        },
      ),
    ),
)
