/** weft host bridge list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'host bridge list',
    summary: 'bridges that weft has put over NICs of this host, and what waits to be confirmed',
    arguments: [],
    flags: {},
    examples: [
      ['weft host bridge list', 'all of them'],
      ['weft host bridge list --json', 'the same for a script'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const bridges = await ask(door, 'listHostBridges', {})
    const rows = bridges.map(({ name, uplink, isConfirmed, secondsLeft }) => [
      name,
      uplink,
      isConfirmed ? 'confirmed' : `taken back in ${String(secondsLeft ?? 0)} s unless confirmed`,
    ])
    door.show(bridges, formatTable(['Bridge', 'Over', 'State'], rows, door))
  },
)
