/** weft host bridge remove */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { callerOf, CONFIRM_FLAG, confirmWithinOf, showSteps } from '../../confirm-within.ts'

export const command = declareCommand(
  {
    words: 'host bridge remove',
    summary: 'take a bridge from over a NIC of this host; the host goes back to the NIC',
    about:
      'With the same care as it was put there: one step, connections stay, and the bridge comes back unless `weft host confirm` comes in time.',
    arguments: [{ name: 'BRIDGE', summary: 'its name' }],
    flags: { 'confirm-within': CONFIRM_FLAG },
    examples: [
      ['weft host bridge remove br0 --dry-run', 'what would be done, as a script'],
      ['weft host bridge remove br0', 'do it; then: weft host confirm'],
    ],
    changes: true,
  },
  async ({ arguments: { BRIDGE: name }, flags }, door) => {
    const input = { params: { name }, query: { ...confirmWithinOf(flags), ...callerOf(process.env) } }
    await showSteps(door, 'removeHostBridge', input)
    return change(door, 'removeHostBridge', input, {
      removed: `Bridge ${name} is away; now: weft host confirm`,
    })
  },
)
