/** weft net repair */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'net repair',
    summary: 'put back what somebody took away from a running network',
    about:
      'weft does this by itself as soon as something is taken away, unless it would have to do so again and again, or a guest was plugged ' +
      'in elsewhere. This does it now, and all of it.',
    arguments: [
      {
        name: 'NETWORK',
        summary: 'its name; all that run without one',
        completes: 'network',
        optional: true,
      },
    ],
    flags: {},
    examples: [
      ['weft net repair default', 'its bridge, addresses, firewall, plugs and dnsmasq as they were started'],
      ['weft net repair --dry-run', 'what is not as it was started, of any network'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name } }, door) =>
    name === undefined
      ? change(
          door,
          'repairAllNetworks',
          {},
          {
            repaired: 'What was missing is there again',
            unchanged: 'All networks are as they were started',
          },
        )
      : change(
          door,
          'repairNetwork',
          { params: { name } },
          {
            repaired: `Network ${name} is again as it was started`,
            unchanged: `Network ${name} is as it was started`,
          },
        ),
)
