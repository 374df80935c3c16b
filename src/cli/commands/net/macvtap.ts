/** weft net macvtap */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'net macvtap',
    summary: 'define a network whose guests sit on a NIC of this host, without a bridge',
    about:
      'Guests are boxes of the LAN behind the NIC, each with a MAC of its own. The kernel keeps them and this host apart; with --host-reach they reach each other ' +
      'all the same, at the addresses named, and the LAN notices nothing. It is an ordinary network of mode bridge with `devices` and `hostReach`: weft net show NETWORK --yaml.',
    arguments: [{ name: 'NETWORK', summary: 'its name' }],
    flags: {
      uplink: { kind: 'text', value: 'NIC', summary: 'the NIC that leads to the LAN (required)' },
      'host-reach': {
        kind: 'list',
        value: 'CIDR',
        summary: 'addresses that its guests have, and no other box of the LAN: 192.0.2.224/28',
      },
    },
    examples: [
      ['weft net macvtap direct --uplink eth0', 'guests reach the LAN, and not this host'],
      ['weft net macvtap direct --uplink eth0 --host-reach 192.0.2.224/28', 'and this host, from there'],
    ],
    changes: true,
  },
  async ({ arguments: { NETWORK: name }, flags }, door) => {
    const { uplink } = flags
    if (uplink === undefined)
      throw new WeftError('invalid-argument', 'on which NIC guests sit has to be said', {
        hint: `weft net macvtap ${name} --uplink eth0`,
      })
    const hostReach = flags['host-reach'].flatMap((word) => word.split(','))
    const text = JSON.stringify({
      name,
      mode: 'bridge',
      devices: [uplink],
      ...(hostReach.length === 0 ? {} : { hostReach }),
    })
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
