/** weft disk wipe */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'disk wipe',
    summary: 'overwrite everything on a disk, and make it empty again',
    about:
      'Its blocks on this host are overwritten once with random bytes. Filesystems that never write in place (btrfs, ZFS) and flash may keep old copies: ' +
      'against those only encryption helps.',
    arguments: [{ name: 'DISK', summary: 'its name', completes: 'disk' }],
    flags: {},
    examples: [
      ['weft disk wipe web', 'as large as before, and nothing on it'],
      ['weft disk wipe web --dry-run', 'the commands that would do it'],
    ],
    changes: true,
  },
  ({ arguments: { DISK: name } }, door) =>
    change(door, 'wipeDisk', { params: { name } }, { wiped: `Disk ${name} wiped` }),
)
