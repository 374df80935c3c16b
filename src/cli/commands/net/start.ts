/** weft net start */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'net start',
    summary: 'start a network',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: {},
    examples: [
      ['weft net start default', 'make its bridge, its firewall rules and its DHCP'],
      ['weft net start default --dry-run', 'the commands that would do it, with reasons'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name } }, door) =>
    change(
      door,
      'startNetwork',
      { params: { name } },
      {
        started: `Network ${name} started`,
        'already-active': `Network ${name} is running already`,
        repaired: `Network ${name} was running; what was missing of it is there again`,
      },
    ),
)
