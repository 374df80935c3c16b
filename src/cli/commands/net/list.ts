/** weft net list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable, yesNo } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'net list',
    summary: 'list networks',
    about: 'Shows all networks. virsh shows only active ones unless told --all; here --active does that.',
    arguments: [],
    flags: {
      all: { kind: 'switch', summary: 'running or not: this is the default' },
      active: { kind: 'switch', summary: 'only those that run' },
      inactive: { kind: 'switch', summary: 'only those that do not run' },
      name: { kind: 'switch', summary: 'print nothing but names' },
    },
    examples: [
      ['weft net list', 'every network: whether it runs, starts with the host, and is kept'],
      ['weft net list --active --name', 'the names of running networks, one a line'],
    ],
    changes: false,
  },
  async ({ flags }, door) => {
    const isWanted = (state: string): boolean =>
      flags.active === flags.inactive || flags.all || (state === 'active') === flags.active
    const networks = (await ask(door, 'listNetworks', {})).filter(({ state }) => isWanted(state))
    const rows = networks.map(({ name, state, autostart, persistent }) => [
      name,
      state,
      yesNo(autostart),
      yesNo(persistent),
    ])
    const names = networks.map(({ name }) => `${name}\n`).join('')
    const table = formatTable(['Name', 'State', 'Autostart', 'Persistent'], rows, door)
    const conditions = networks.flatMap((network) =>
      network.conditions.map((sentence) => `! ${network.name}: ${sentence}\n`),
    )
    door.show(networks, flags.name ? names : [table, ...conditions].join(''))
  },
)
