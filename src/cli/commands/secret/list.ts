/** weft secret list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'secret list',
    summary: 'list secrets, without what they say',
    arguments: [],
    flags: {},
    examples: [
      ['weft secret list', 'each with what it is for'],
      ['weft secret list --json', 'the same for a script'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const secrets = await ask(door, 'listSecrets', {})
    const rows = secrets.map(({ uuid, use, id, isPrivate, isEphemeral, hasValue }) => [
      uuid,
      use === 'none' ? '-' : `${use} ${id}`,
      isPrivate ? 'yes' : 'no',
      isEphemeral ? 'yes' : 'no',
      hasValue ? 'yes' : 'no',
    ])
    door.show(secrets, formatTable(['UUID', 'For', 'Private', 'Ephemeral', 'Value'], rows, door))
    return undefined
  },
)
