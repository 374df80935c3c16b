/** weft net stop */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'net stop',
    summary: 'stop a network; its definition stays',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: { force: { kind: 'switch', summary: 'also when guests are plugged in: they lose their link' } },
    examples: [
      ['weft net stop lab', 'take away its bridge, its rules and its DHCP'],
      ['weft net stop lab --dry-run', 'what would be taken away'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name }, flags }, door) => {
    const force = flags.force ? { query: { force: true } } : {}
    return change(
      door,
      'stopNetwork',
      { params: { name }, ...force },
      {
        stopped: `Network ${name} stopped`,
        'not-active': `Network ${name} is not running`,
      },
    )
  },
)
