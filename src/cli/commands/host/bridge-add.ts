/** weft host bridge add */
import { WeftError } from '../../../core/errors.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
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
      'confirm-within': CONFIRM_FLAG,
    },
    examples: [
      ['weft host bridge add br0 --uplink eth0 --dry-run', 'what would be done, as a script'],
      ['weft host bridge add br0 --uplink eth0', 'do it; then: weft host confirm'],
    ],
    changes: true,
  },
  async ({ arguments: { BRIDGE: bridge }, flags }, door) => {
    const { uplink } = flags
    if (uplink === undefined)
      throw new WeftError('invalid-argument', 'which NIC the bridge is put over has to be said', {
        hint: `weft host bridge add ${bridge} --uplink eth0; weft host link list tells what there is`,
      })
    const input = { body: { bridge, uplink, ...confirmWithinOf(flags), ...callerOf(process.env) } }
    await showSteps(door, 'addHostBridge', input)
    return change(door, 'addHostBridge', input, {
      added: `Bridge ${bridge} is over ${uplink}; now: weft host confirm`,
      'already-there': `Bridge ${bridge} is over ${uplink} already`,
    })
  },
)
