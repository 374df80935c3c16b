/** weft host bridge add */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'
import { callerOf, CONFIRM_FLAG, confirmWithinOf, showSteps } from '../../confirm-within.ts'

export const command = declareCommand(
  {
    words: 'host bridge add',
    summary: 'put a bridge over a NIC of this host, so that guests are on its network',
    about:
      'All that hangs on the NIC moves to the bridge in one step: addresses with what is left of their leases, routes of every table, rules, neighbours, settings. ' +
      'The bridge has its MAC; connections stay. A process of its own takes everything back unless `weft host confirm` comes in time, also when weftd or your connection has died. ' +
      'It is written in the words of whoever looks after the NIC (systemd-networkd, NetworkManager, ifupdown), so that it is there again after a reboot; where nobody does, weft makes it again at boot.',
    arguments: [{ name: 'BRIDGE', summary: 'its name: br0' }],
    flags: {
      uplink: { kind: 'text', value: 'NIC', summary: 'the NIC it is put over (required)' },
      address: {
        kind: 'list',
        value: 'ADDRESS',
        summary:
          'what it has instead of the addresses of the NIC: dhcp, or one of a family as 192.0.2.10/24; a family that is not named stays as it is; default keep',
      },
      gateway: { kind: 'list', value: 'IP', summary: 'the gateway of that address, one of a family' },
      dns: { kind: 'list', value: 'IP', summary: 'a name server, instead of those that there are' },
      'confirm-within': CONFIRM_FLAG,
    },
    examples: [
      ['weft host bridge add br0 --uplink eth0 --dry-run', 'what would be done, as a script'],
      ['weft host bridge add br0 --uplink eth0', 'do it; then: weft host confirm'],
      [
        'weft host bridge add br0 --uplink eth0 --address 192.0.2.10/24 --gateway 192.0.2.1 --dns 192.0.2.53',
        'and give the host another address',
      ],
    ],
    changes: true,
  },
  async ({ arguments: { BRIDGE: bridge }, flags }, door) => {
    const { uplink } = flags
    if (uplink === undefined)
      throw new WeftError('invalid-argument', 'which NIC the bridge is put over has to be said', {
        hint: `weft host bridge add ${bridge} --uplink eth0; weft host link list tells what there is`,
      })
    const words = given({
      address: listOf(flags.address),
      gateway: listOf(flags.gateway),
      dns: listOf(flags.dns),
    })
    const input = { body: { bridge, uplink, ...words, ...confirmWithinOf(flags), ...callerOf(process.env) } }
    await showSteps(door, 'addHostBridge', input)
    return change(door, 'addHostBridge', input, {
      added: `Bridge ${bridge} is over ${uplink}; now: weft host confirm`,
      'already-there': `Bridge ${bridge} is over ${uplink} already`,
    })
  },
)

/** Also several in one word, with commas between them. */
const listOf = (words: readonly string[]): readonly string[] | undefined =>
  words.length === 0 ? undefined : words.flatMap((word) => word.split(','))
