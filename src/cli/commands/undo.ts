/** weft undo */
import { change } from '../ask.ts'
import { declareCommand } from '../declare.ts'
import { countOf } from '../values.ts'

export const command = declareCommand(
  {
    words: 'undo',
    summary: 'take back the last change, or an earlier one',
    arguments: [
      {
        name: 'CHANGE',
        summary: 'its number in the history; default: the last',
        optional: true,
        completes: 'change',
      },
    ],
    flags: {},
    examples: [
      ['weft undo', 'take the last change back'],
      ['weft undo 3 --dry-run', 'what taking back change 3 would do'],
    ],
    changes: true,
  },
  ({ arguments: { CHANGE: number } }, door) => {
    const body = number === undefined ? {} : { number: countOf(number, 'CHANGE') }
    return change(
      door,
      'undo',
      { body },
      {
        // The plan is named after what it takes back: `undo change 21: define network 'lab'`.
        undone: ({ title }) => title.replace(/^undo change (\d+):/, 'Change $1 is taken back:'),
      },
    )
  },
)
