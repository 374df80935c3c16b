/** weft secret show */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { writeOut } from '../../output.ts'
import { formatFacts } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'secret show',
    summary: 'show one secret, and what it says only when that is asked for',
    arguments: [{ name: 'SECRET', summary: 'its UUID, or what it is for', completes: 'secret' }],
    flags: {
      value: {
        kind: 'switch',
        summary: 'what it says, byte for byte and nothing else; not of a private one',
      },
    },
    examples: [
      ['weft secret show /srv/web.qcow2', 'what is told of it'],
      ['weft secret show /srv/web.qcow2 --value > key', 'what it says, in a file'],
    ],
    changes: false,
  },
  async ({ arguments: { SECRET: secret }, flags }, door) => {
    if (flags.value) {
      const told = await ask(door, 'readSecret', { params: { secret } })
      if (door.isJson) door.show(told, '')
      else writeOut(Buffer.from(told.value, 'base64'))
      return undefined
    }
    const one = await ask(door, 'showSecret', { params: { secret } })
    const text = formatFacts([
      ['UUID', one.uuid],
      ['For', one.use === 'none' ? '-' : `${one.use} ${one.id}`],
      ['Description', one.description ?? '-'],
      ['Private', one.isPrivate ? 'yes' : 'no'],
      ['Ephemeral', one.isEphemeral ? 'yes' : 'no'],
      ['Value', one.hasValue ? 'yes' : 'no'],
    ])
    door.show(one, text)
    return undefined
  },
)
