/** weft net lan */
import { lanDefinition } from '../../../core/host/lan-piece.ts'
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'net lan',
    summary:
      'define a network whose guests have addresses of the LAN, where a bridge cannot be: radio, one MAC a customer',
    about:
      'Guests get a piece of the LAN that nobody else gives out. This host answers on the uplink in their place (proxy ARP, and ND for IPv6), for these addresses and no others, ' +
      'and routes what comes for them. It is an ordinary network of mode route with `device` and `proxy`: weft net show NETWORK --yaml.',
    arguments: [{ name: 'NETWORK', summary: 'its name' }],
    flags: {
      uplink: { kind: 'text', value: 'NIC', summary: 'the NIC that leads to the LAN (required)' },
      addresses: {
        kind: 'list',
        value: 'CIDR',
        summary: "the guests' piece of it, one of a family: 192.0.2.224/28 (required)",
      },
    },
    examples: [
      ['weft net lan lan --uplink wlan0 --addresses 192.0.2.224/28', 'guests of the radio’s LAN'],
      ['weft net start lan', 'nobody on the LAN may have one of these addresses; then they are guests’'],
    ],
    changes: true,
  },
  async ({ arguments: { NETWORK: name }, flags }, door) => {
    const { uplink } = flags
    const pieces = flags.addresses.flatMap((word) => word.split(','))
    if (uplink === undefined || pieces.length === 0)
      throw new WeftError(
        'invalid-argument',
        'which NIC leads to the LAN, and which of its addresses guests get, has to be said',
        {
          hint: `weft net lan ${name} --uplink wlan0 --addresses 192.0.2.224/28, a piece that no router gives out`,
        },
      )
    const text = lanDefinition(name, uplink, pieces)
    return change(
      door,
      'defineNetwork',
      { body: { text, format: 'json' } },
      {
        defined: `Network ${name} defined; now: weft net start ${name}`,
        redefined: `Network ${name} redefined; it counts from its next start`,
        unchanged: `Network ${name} is defined like that already`,
      },
    )
  },
)
