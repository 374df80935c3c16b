/** weft unpublish */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'unpublish',
    summary: 'let ports of this host lead to a machine no more',
    about: 'Nobody new comes in; connections that are open go on until they end.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      {
        name: 'PORT',
        summary: 'of this host: 8080, 53/udp, or as it was published; none: all',
        rest: true,
        optional: true,
      },
    ],
    flags: {},
    examples: [
      ['weft unpublish web 8080', 'port 8080 is the own of this host again'],
      ['weft unpublish web', 'every port of the machine'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, PORT: words } }, door) => {
    const query = words.length === 0 ? {} : { ports: words.join(' ') }
    const what = words.length === 0 ? 'no port' : `${words.join(' ')} no more`
    return change(
      door,
      'unpublish',
      { params: { name }, query },
      {
        unpublished: `Machine ${name} publishes ${what}`,
      },
    )
  },
)
