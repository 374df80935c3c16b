/** weft disk pull */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { JOB_FLAGS, jobBody, VM_DISK, withProgress } from '../../disk-job.ts'
import { diskOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk pull',
    summary: 'put what a disk begins with into the disk, while its machine runs too',
    about: 'Then it begins with nothing: the image it was made from can change or go.',
    arguments: VM_DISK,
    flags: JOB_FLAGS,
    examples: [
      ['weft disk pull web web', 'disk web needs the image it was made from no longer'],
      ['weft disk pull web web --background', 'the same without waiting for it'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DISK: disk }, flags }, door) =>
    withProgress(door, name, () =>
      change(
        door,
        'pullDisk',
        { params: { name, disk: diskOf(disk) }, body: jobBody(flags) },
        {
          pulled: `Disk ${disk} of machine ${name} has everything itself`,
          begun: `Disk ${disk} of machine ${name} is being filled`,
        },
      ),
    ),
)
