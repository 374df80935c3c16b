/** weft disk create */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { diskOf, given, sizeOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk create',
    summary: 'create a disk',
    arguments: [{ name: 'DISK', summary: 'its name' }],
    flags: {
      size: { kind: 'text', value: 'SIZE', summary: 'as 10G; may be left out with --backing' },
      format: { kind: 'text', value: 'FORMAT', choices: ['qcow2', 'raw'], summary: 'qcow2 (default) or raw' },
      backing: {
        kind: 'text',
        value: 'FILE',
        summary: 'start with what is in this image, and keep only what changes',
        completes: 'file',
      },
      'backing-format': {
        kind: 'text',
        value: 'FORMAT',
        choices: ['qcow2', 'raw'],
        summary: 'what that image is, when its first bytes are not to be believed',
      },
      pool: { kind: 'text', value: 'POOL', summary: 'where it lies; default is built in', completes: 'pool' },
    },
    examples: [
      ['weft disk create web --size 10G', 'an empty disk that grows as it fills'],
      ['weft disk create web --backing ./debian-12.qcow2', 'one that begins as a copy of an image, at once'],
    ],
    changes: true,
  },
  ({ arguments: { DISK: name }, flags }, door) => {
    const more = given({
      size: flags.size === undefined ? undefined : sizeOf(flags.size, '--size'),
      format: flags.format as 'qcow2' | 'raw' | undefined,
      backing: flags.backing === undefined ? undefined : diskOf(flags.backing),
      backingFormat: flags['backing-format'] as 'qcow2' | 'raw' | undefined,
      pool: flags.pool,
    })
    return change(door, 'createDisk', { body: { name, ...more } }, { created: `Disk ${name} created` })
  },
)
