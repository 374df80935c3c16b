/** weft disk list */
import { formatSize } from '../../../core/size.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'disk list',
    summary: 'list disks',
    arguments: [],
    flags: {},
    examples: [
      ['weft disk list', 'each with its size, what it really uses, and the machines that name it'],
      ['weft disk list --json', 'the same for a script, sizes in bytes'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const disks = await ask(door, 'listDisks', {})
    // One pool is all that most people have.
    const hasPools = disks.some(({ pool }) => pool !== 'default')
    const rows = disks.map((disk) => [
      disk.name,
      ...(hasPools ? [disk.pool] : []),
      disk.format,
      formatSize(disk.size),
      formatSize(disk.used),
      disk.machines.join(', ') || '-',
      disk.backing ?? '-',
    ])
    const heading = ['Name', ...(hasPools ? ['Pool'] : []), 'Format', 'Size', 'Used', 'Machines', 'Backing']
    door.show(disks, formatTable(heading, rows, door))
  },
)
