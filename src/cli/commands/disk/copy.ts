/** weft disk copy */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { HELD_FLAGS, jobBody, VM_DISK, withProgress } from '../../disk-job.ts'
import { WeftError } from '../../../core/errors.ts'
import { diskOf, given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk copy',
    summary: 'copy a disk while its machine writes to it, or move it',
    about: 'The copy is of the moment at which it is done, and has everything itself.',
    arguments: VM_DISK,
    flags: {
      to: { kind: 'text', value: 'DISK', summary: 'a new disk, or a path', completes: 'file' },
      format: {
        kind: 'text',
        value: 'FORMAT',
        choices: ['qcow2', 'raw'],
        summary: 'of the copy; default: as it is',
      },
      pool: { kind: 'text', value: 'POOL', summary: 'where it lies; default is built in', completes: 'pool' },
      pivot: { kind: 'switch', summary: 'the machine goes over to the copy; the disk it had is kept' },
      ...HELD_FLAGS,
    },
    examples: [
      ['weft disk copy web web --to web-copy', 'a copy of the disk of a machine that goes on writing'],
      [
        'weft disk copy web web --to web2 --pool fast --pivot',
        'move it to another pool while the guest runs',
      ],
      ['weft disk copy web web --to web2 --hold', 'both are kept alike until weft job finish web web'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DISK: disk }, flags }, door) => {
    const { to, format, pool, pivot } = flags
    if (to === undefined)
      throw new WeftError('invalid-argument', 'a copy needs a name', { hint: '--to NAME, or --to /PATH' })
    const more = given({ format: format as 'qcow2' | 'raw' | undefined, pool })
    const body = {
      ...{ to: diskOf(to), ...more },
      ...(pivot ? { pivot } : {}),
      ...jobBody(flags),
    }
    return withProgress(door, name, () =>
      change(
        door,
        'copyDisk',
        { params: { name, disk: diskOf(disk) }, body },
        {
          copied: `Disk ${disk} of machine ${name} copied to ${to}${pivot ? ', which it has from now on' : ''}`,
          begun: `Disk ${disk} of machine ${name} is being copied`,
        },
      ),
    )
  },
)
