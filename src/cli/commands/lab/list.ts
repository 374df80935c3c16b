/** weft lab list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'lab list',
    summary: 'list labs, and who belongs to each',
    arguments: [],
    flags: {},
    examples: [
      ['weft lab list', 'each with its last revision'],
      ['weft lab list --json', 'the same for a script'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const labs = await ask(door, 'listLabs', {})
    const rows = labs.map(({ name, revision, at, by, networks, machines }) => [
      name,
      String(revision),
      at?.slice(0, 19).replace('T', ' ') ?? '-',
      by ?? '-',
      networks.join(', ') || '-',
      machines.join(', ') || '-',
    ])
    const heading = ['Name', 'Revision', 'Applied (UTC)', 'Who', 'Networks', 'Machines']
    door.show(labs, formatTable(heading, rows, door))
  },
)
