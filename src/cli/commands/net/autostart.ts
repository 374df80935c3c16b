/** weft net autostart */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'net autostart',
    summary: 'start a network whenever the host starts, or no longer',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: { disable: { kind: 'switch', summary: 'no longer start it with the host' } },
    examples: [
      ['weft net autostart default', 'start it with the host'],
      ['weft net autostart default --disable', 'no longer'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name }, flags }, door) =>
    change(
      door,
      'autostartNetwork',
      { params: { name }, body: { autostart: !flags.disable } },
      {
        'autostart-on': `Network ${name} marked as autostarted`,
        'autostart-off': `Network ${name} unmarked as autostarted`,
        unchanged: `Network ${name} is ${flags.disable ? 'not ' : ''}marked as autostarted already`,
      },
    ),
)
