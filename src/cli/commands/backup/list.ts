/** weft backup list */
import { formatSize } from '../../../core/size.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { pathOf } from '../../values.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'backup list',
    summary: 'list the backups in a directory',
    arguments: [
      { name: 'DIR', summary: 'the directory of the backups', completes: 'file' },
      { name: 'VM', summary: 'only of this machine', optional: true, completes: 'vm' },
    ],
    flags: {},
    examples: [
      ['weft backup list /srv/backup', 'of all machines'],
      ['weft backup list /srv/backup web --json', 'of one, for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { DIR: directory, VM: vm } }, door) => {
    const query = { from: pathOf(directory, 'DIR'), ...(vm === undefined ? {} : { vm }) }
    const backups = await ask(door, 'listBackups', { query })
    const rows = backups.map(({ vm: name, number, parent, at, disks }) => [
      name,
      String(number),
      at.replace(/\.\d+Z$/, 'Z'),
      parent === null ? 'whole' : `since ${String(parent)}`,
      disks.map(({ disk, size }) => `${disk} (${formatSize(size)})`).join(', '),
    ])
    door.show(backups, formatTable(['Machine', 'Number', 'At', 'What', 'Disks'], rows, door))
    return undefined
  },
)
