/** weft cd insert */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { pathOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'cd insert',
    summary: 'put a CD into the drive of a machine, also while it runs',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'FILE', summary: 'an ISO image', completes: 'file' },
    ],
    flags: {
      drive: { kind: 'text', value: 'N', summary: 'which drive, counted from 0 (default 0)' },
    },
    examples: [
      ['weft cd insert win ~/isos/virtio-win.iso', 'instead of the one that is in there'],
      ['weft cd insert win drivers.iso --drive 1', 'into the second drive'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, FILE: file }, flags }, door) =>
    change(
      door,
      'changeCd',
      { params: { name, drive: flags.drive ?? '0' }, body: { path: pathOf(file, 'FILE') } },
      {
        changed: `Machine ${name} has ${file} in its drive`,
        'already-there': `${file} is in the drive of machine ${name} already`,
      },
    ),
)
