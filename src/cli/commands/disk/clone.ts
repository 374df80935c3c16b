/** weft disk clone */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk clone',
    summary: 'copy a disk to a new one',
    about:
      'In the same format blocks are shared where the filesystem can (btrfs, XFS): that takes no time and no room. In another format the new disk ' +
      'has everything itself and begins with nothing.',
    arguments: [
      { name: 'DISK', summary: 'its name', completes: 'disk' },
      { name: 'NEW', summary: 'the name of the copy' },
    ],
    flags: {
      format: {
        kind: 'text',
        value: 'FORMAT',
        choices: ['qcow2', 'raw'],
        summary: "of the copy; default the disk's own",
      },
      pool: {
        kind: 'text',
        value: 'POOL',
        summary: "where it lies; default the disk's own",
        completes: 'pool',
      },
    },
    examples: [
      ['weft disk clone web web2', 'another disk with the same on it'],
      ['weft disk clone web web-raw --format raw', 'converted'],
    ],
    changes: true,
  },
  ({ arguments: { DISK: source, NEW: name }, flags }, door) => {
    const body = { name, ...given({ format: flags.format as 'qcow2' | 'raw' | undefined, pool: flags.pool }) }
    return change(
      door,
      'cloneDisk',
      { params: { name: source }, body },
      { cloned: `Disk ${source} cloned to ${name}` },
    )
  },
)
