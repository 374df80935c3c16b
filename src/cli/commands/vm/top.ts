/** weft vm top */
import type { VmStatsView } from '../../../api/inside-views.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given, intervalOf } from '../../values.ts'
import { watch } from '../../watch.ts'
import { formatTop, rateVms } from '../../views/vm-top.ts'

export const command = declareCommand(
  {
    words: 'vm top',
    summary: 'what machines that run use at the moment: CPU, memory, disks, network',
    about:
      'CPU is what QEMU uses, of one CPU of this host: 200 % are two of them. Memory is what the guest sees, Used how much of it the guest says it needs, Resident what its QEMU has of the host. Until Ctrl-C; the busiest machine first.',
    arguments: [
      { name: 'VM', summary: 'only this one; default: all that run', completes: 'vm', optional: true },
    ],
    flags: {
      once: { kind: 'switch', summary: 'look twice, print once' },
      interval: { kind: 'text', value: 'TIME', summary: 'between two looks; default 1s' },
    },
    examples: [
      ['weft vm top', 'every machine, every second'],
      ['weft vm top web --once --interval 5s', 'the mean of five seconds'],
      ['weft vm top --json', 'for a script: one object a line, counters and speeds'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name }, flags }, door) => {
    let before: readonly VmStatsView[] = []
    await watch(
      door,
      async () => {
        const vms = await ask(door, 'vmStats', { query: given({ vm: name }) })
        const rated = rateVms(before, vms)
        before = vms
        const width = process.stdout.columns || undefined
        return { value: { at: new Date().toISOString(), vms: rated }, text: formatTop(rated, { width }) }
      },
      { everyMs: intervalOf(flags.interval ?? '1s'), isOnce: flags.once },
    )
    return undefined
  },
)
