/** weft vm autostart */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { countOf, delayOf, given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'vm autostart',
    summary: 'start a machine whenever the host starts, or no longer',
    about:
      'Once per boot of the host, after the networks: one that somebody stopped stays stopped when weftd is restarted.',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      order: { kind: 'text', value: 'N', summary: 'lower ones first, then by name' },
      delay: { kind: 'text', value: 'TIME', summary: 'how long the next one waits after this one: 5s' },
      disable: { kind: 'switch', summary: 'no longer start it with the host' },
    },
    examples: [
      ['weft vm autostart db --order 1 --delay 5s', 'first the database, the others 5 s later'],
      ['weft vm autostart db --disable', 'no longer'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name }, flags }, door) => {
    const body = given({
      order: flags.order === undefined ? undefined : countOf(flags.order, '--order'),
      delaySeconds: flags.delay === undefined ? undefined : delayOf(flags.delay, '--delay') / 1000,
    })
    return change(
      door,
      'autostartVm',
      { params: { name }, body: { ...body, autostart: !flags.disable } },
      {
        'autostart-on': `Machine ${name} marked as autostarted`,
        'autostart-off': `Machine ${name} unmarked as autostarted`,
        unchanged: `Machine ${name} is ${flags.disable ? 'not ' : ''}marked as autostarted already`,
      },
    )
  },
)
