/** weft disk attach */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { diskOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk attach',
    summary: 'give a machine a disk, while it runs too',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      {
        name: 'DISK',
        summary: 'a disk or a path, with ,bus= ,format= ,ro ,serial= ,iops= and ,bps= as needed',
        completes: 'disk',
      },
    ],
    flags: {},
    examples: [
      ['weft disk attach web data', 'the guest sees it at once, and the machine keeps it'],
      ['weft disk attach web base,ro', 'one that others read too'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DISK: disk } }, door) =>
    change(
      door,
      'attachDisk',
      { params: { name }, body: { disk: diskOf(disk) } },
      {
        attached: `Disk ${disk} attached to machine ${name}`,
        'already-attached': `Machine ${name} has disk ${disk} already`,
      },
    ),
)
