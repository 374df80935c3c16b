/** weft host confirm */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'host confirm',
    summary: "a change of this host's own network stays: nothing is taken back any more",
    arguments: [],
    flags: {},
    examples: [
      ['weft host confirm', 'after weft host bridge add or remove'],
      ['weft host bridge list', 'what waits, and for how long'],
    ],
    changes: true,
  },
  (_given, door) => change(door, 'confirmHost', {}, { confirmed: 'Confirmed: it stays as it is' }),
)
