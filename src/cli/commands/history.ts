/** weft history */
import { formatDuration } from '../../core/size.ts'
import { ask } from '../ask.ts'
import { declareCommand } from '../declare.ts'
import { countOf } from '../values.ts'
import { formatTable } from '../views/table.ts'

export const command = declareCommand(
  {
    words: 'history',
    summary: 'what was changed, when and by whom',
    arguments: [],
    flags: { last: { kind: 'text', value: 'N', summary: 'only the last N changes' } },
    examples: [
      ['weft history', 'every change, the latest last'],
      ['weft history --last 5', 'the last five'],
    ],
    changes: false,
  },
  async ({ flags }, door) => {
    const all = await ask(door, 'history', {})
    const changes = flags.last === undefined ? all : all.slice(-countOf(flags.last, '--last'))
    const rows = changes.map((change) => [
      String(change.number),
      change.at.slice(0, 19).replace('T', ' '),
      change.by,
      change.outcome,
      formatDuration(change.durationMs),
      change.title,
    ])
    door.show(changes, formatTable(['No', 'When (UTC)', 'Who', 'Outcome', 'Took', 'What'], rows, door))
  },
)
