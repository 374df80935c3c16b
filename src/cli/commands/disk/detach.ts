/** weft disk detach */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { diskOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'disk detach',
    summary: 'take a disk from a machine, while it runs too; what is on it stays',
    about:
      'A guest that runs is asked to let go of it and has half a minute. One that does not, because it is booting or has the disk in use, keeps it, ' +
      'and the machine is as before.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'DISK', summary: 'a disk, a path, or what QEMU calls it: disk1', completes: 'disk' },
    ],
    flags: {},
    examples: [
      ['weft disk detach web data', 'unmount it in the guest first'],
      ['weft disk detach web data --dry-run', 'what QEMU would be told'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, DISK: disk } }, door) =>
    change(
      door,
      'detachDisk',
      { params: { name, disk: diskOf(disk) } },
      { detached: `Disk ${disk} detached from machine ${name}` },
    ),
)
