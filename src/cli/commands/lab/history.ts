/** weft lab history */
import { WeftError } from '../../../core/errors.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { countOf } from '../../values.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'lab history',
    summary: "revisions of a lab's file, or one of them as it was",
    arguments: [{ name: 'LAB', summary: 'its name' }],
    flags: { revision: { kind: 'text', value: 'N', summary: 'print the file of this revision' } },
    examples: [
      ['weft lab history demo', 'each with who has applied it, and when'],
      ['weft lab history demo --revision 2 | weft apply', 'go back to an earlier one'],
    ],
    changes: false,
  },
  async ({ arguments: { LAB: name }, flags }, door) => {
    const revisions = await ask(door, 'labRevisions', { params: { name } })
    if (flags.revision !== undefined) {
      const number = countOf(flags.revision, '--revision')
      const found = revisions.find((each) => each.number === number)
      if (found === undefined)
        throw new WeftError('not-found', `lab '${name}' has no revision ${String(number)}`, {
          hint: `weft lab history ${name}`,
        })
      door.show(found, found.text)
      return
    }
    const rows = revisions.map(({ number, at, by, summary }) => [
      String(number),
      at.slice(0, 19).replace('T', ' '),
      by,
      summary,
    ])
    door.show(revisions, formatTable(['Revision', 'Applied (UTC)', 'Who', 'What'], rows, door))
  },
)
