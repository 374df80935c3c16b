/** weft vm list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'vm list',
    summary: 'list machines, running or not',
    arguments: [],
    flags: { name: { kind: 'switch', summary: 'print nothing but names' } },
    examples: [
      ['weft vm list', 'every machine with its state and addresses'],
      ['weft vm list --json', 'the same for a script'],
    ],
    changes: false,
  },
  async ({ flags }, door) => {
    const vms = await ask(door, 'listVms', {})
    const rows = vms.map((vm) => [
      vm.name,
      vm.state,
      String(vm.cpus),
      `${String(vm.memoryMiB)} MiB`,
      vm.nics.flatMap((nic) => nic.ip ?? []).join(', ') || '-',
    ])
    const names = vms.map(({ name }) => `${name}\n`).join('')
    door.show(
      vms,
      flags.name ? names : formatTable(['Name', 'State', 'CPUs', 'Memory', 'Address'], rows, door),
    )
  },
)
