/** weft status */
import { ask } from '../ask.ts'
import { declareCommand } from '../declare.ts'
import { formatFacts } from '../views/table.ts'

export const command = declareCommand(
  {
    words: 'status',
    summary: 'how weftd is, and what this host can do',
    arguments: [],
    flags: {},
    examples: [
      ['weft status', 'whether weftd answers, how guests run here, what is wrong'],
      ['weft --root /var/tmp/lab status', 'the same of the weftd of another root'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const status = await ask(door, 'status', {})
    const facts = formatFacts([
      ['Weft', `${status.version}, process ${String(status.pid)}`],
      ['Root', status.root],
      [
        'Guests run',
        `${status.accelerator === 'kvm' ? 'under KVM' : 'under TCG'}: ${status.acceleratorBecause}`,
      ],
      ['Networks', `${String(status.networks.active)} active of ${String(status.networks.defined)}`],
      ['Machines', `${String(status.vms.running)} running of ${String(status.vms.defined)}`],
    ])
    door.show(status, facts + status.conditions.map((sentence) => `! ${sentence}\n`).join(''))
  },
)
