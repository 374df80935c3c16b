/** weft bridge list: what `brctl show` was for */
import { ask } from '../ask.ts'
import { declareCommand } from '../declare.ts'
import { formatTable, yesNo } from '../views/table.ts'

export const command = declareCommand(
  {
    words: 'bridge list',
    summary: 'every bridge of the host, what is plugged into it, and whose it is',
    about: 'What `brctl show` printed, with one column more: whose each bridge and each interface is.',
    arguments: [],
    flags: {},
    examples: [
      ['weft bridge list', "all bridges, weft's or not"],
      ['weft bridge list --json', 'the same for a script, with the state of every port'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const bridges = await ask(door, 'listBridges', {})
    const rows = bridges.flatMap((bridge) => {
      const [first, ...more] = bridge.interfaces.map(({ name, owner }) => [name, owner] as const)
      return [
        [bridge.name, bridge.id, yesNo(bridge.stp), bridge.owner, ...(first ?? [])],
        ...more.map((each) => ['', '', '', '', ...each]),
      ]
    })
    const heading = ['bridge', 'id', 'STP', 'whose', 'interface', 'whose']
    door.show(bridges, formatTable(heading, rows, door))
  },
)
