/** weft pool autostart */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'pool autostart',
    summary: 'have a pool whenever the host has started, or only when it is started',
    arguments: [{ name: 'POOL', summary: 'its name', completes: 'pool' }],
    flags: { disable: { kind: 'switch', summary: 'no longer have it with the host' } },
    examples: [
      ['weft pool autostart fast', 'have it with the host'],
      ['weft pool autostart fast --disable', 'no longer'],
    ],
    changes: true,
  },
  ({ arguments: { POOL: name }, flags }, door) =>
    change(
      door,
      'autostartPool',
      { params: { name }, body: { autostart: !flags.disable } },
      {
        'autostart-on': `Pool ${name} marked as autostarted`,
        'autostart-off': `Pool ${name} unmarked as autostarted`,
        unchanged: `Pool ${name} is ${flags.disable ? 'not ' : ''}marked as autostarted already`,
      },
    ),
)
