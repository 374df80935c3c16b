/** weft snapshot list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'snapshot list',
    summary: 'list the snapshots of a machine, oldest first',
    arguments: [{ name: 'VM', summary: 'its machine', completes: 'vm' }],
    flags: {},
    examples: [
      ['weft snapshot list web', 'when each was taken, what the machine did, and after which'],
      ['weft snapshot list web --json', 'the same for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name } }, door) => {
    const snapshots = await ask(door, 'listSnapshots', { params: { name } })
    const rows = snapshots.map((snapshot) => [
      `${snapshot.name}${snapshot.isCurrent ? ' *' : ''}`,
      snapshot.at.slice(0, 19).replace('T', ' '),
      snapshot.state,
      snapshot.hasMemory ? 'yes' : 'no',
      snapshot.parent ?? '-',
    ])
    door.show(snapshots, formatTable(['Name', 'Taken (UTC)', 'State', 'Memory', 'Parent'], rows, door))
  },
)
