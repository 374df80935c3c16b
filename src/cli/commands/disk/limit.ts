/** weft disk limit */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { VM_DISK } from '../../disk-job.ts'
import { countOf, diskOf, sizeOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk limit',
    summary: 'hold a disk to so many requests and bytes a second, while its machine runs too',
    about: 'Reads and writes together. What is not named stays as it is; the definition keeps it.',
    arguments: VM_DISK,
    flags: {
      iops: { kind: 'text', value: 'COUNT', summary: 'requests a second; none: any' },
      bps: { kind: 'text', value: 'SIZE', summary: 'bytes a second, as 20M; none: any' },
    },
    examples: [
      ['weft disk limit web data --iops 500 --bps 20M', 'the guest goes on, slower'],
      [
        'weft disk limit web data --bps none',
        'as many bytes as the host has, and as many requests as before',
      ],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DISK: disk }, flags: { iops, bps } }, door) => {
    if (iops === undefined && bps === undefined)
      throw new WeftError('invalid-argument', 'which limit?', {
        hint: '--iops 500, --bps 20M, or --bps none',
      })
    const body = {
      ...(iops === undefined ? {} : { iops: iops === 'none' ? 0 : countOf(iops, '--iops') }),
      ...(bps === undefined ? {} : { bps: bps === 'none' ? 0 : sizeOf(bps, '--bps') }),
    }
    return change(
      door,
      'limitDisk',
      { params: { name, disk: diskOf(disk) }, body },
      {
        limited: `Disk ${disk} of machine ${name} is held to that`,
        unchanged: `Disk ${disk} of machine ${name} is held to that already`,
      },
    )
  },
)
