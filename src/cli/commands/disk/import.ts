/** weft disk import */
import type { ImportDiskRequest } from '../../../api/requests.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given, pathOf } from '../../values.ts'

const FORMATS = ['qcow2', 'raw', 'vmdk', 'vdi', 'vhdx', 'vpc', 'qed'] as const

export const command = declareCommand(
  {
    words: 'disk import',
    summary: 'make a disk of an image that lies on the host of weftd',
    about:
      "The image is read as QEMU's user and stays as it is. Without --from it is qcow2 or raw, as its first bytes say; one that names another file is " +
      'refused then, since a guest may have written those bytes.',
    arguments: [
      { name: 'DISK', summary: 'the name of the new disk' },
      { name: 'FILE', summary: 'an image', completes: 'file' },
    ],
    flags: {
      from: { kind: 'text', value: 'FORMAT', choices: FORMATS, summary: 'what the image is' },
      format: {
        kind: 'text',
        value: 'FORMAT',
        choices: ['qcow2', 'raw'],
        summary: 'of the disk: qcow2 (default) or raw',
      },
      pool: { kind: 'text', value: 'POOL', summary: 'where it lies; default is built in', completes: 'pool' },
    },
    examples: [
      ['weft disk import web ./debian-12.qcow2', 'a disk with what is in the image'],
      ['weft disk import old ./old.vmdk --from vmdk', 'from another hypervisor'],
    ],
    changes: true,
  },
  ({ arguments: { DISK: name, FILE: file }, flags }, door) => {
    const body: ImportDiskRequest = {
      name,
      path: pathOf(file, 'FILE'),
      ...given({
        from: flags.from as ImportDiskRequest['from'],
        format: flags.format as ImportDiskRequest['format'],
        pool: flags.pool,
      }),
    }
    return change(door, 'importDisk', { body }, { imported: `Disk ${name} imported` })
  },
)
