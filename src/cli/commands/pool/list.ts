/** weft pool list */
import { formatSize } from '../../../core/size.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'pool list',
    summary: 'list the places where disks lie',
    arguments: [],
    flags: {},
    examples: [
      ['weft pool list', 'each with its directory and what its disks use'],
      ['weft pool list --json', 'the same for a script, sizes in bytes'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const pools = await ask(door, 'listPools', {})
    const rows = pools.map(({ name, path, disks, used, isActive, autostart }) => [
      name,
      isActive ? 'active' : 'inactive',
      autostart ? 'yes' : 'no',
      String(disks),
      formatSize(used),
      path,
    ])
    door.show(pools, formatTable(['Name', 'State', 'Autostart', 'Disks', 'Used', 'Path'], rows, door))
    return undefined
  },
)
