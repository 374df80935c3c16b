/** weft group list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatGroups } from '../../views/rules.ts'

export const command = declareCommand(
  {
    words: 'group list',
    summary: 'the groups of a network, and which guests are in them',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: {},
    examples: [
      ['weft group list default', 'names, guests and how many rules each has'],
      ['weft group list default --json', 'with the rules'],
    ],
    changes: false,
  },
  async ({ arguments: { NETWORK: name } }, door) => {
    const view = await ask(door, 'listRules', { params: { name } })
    const groups = view.lists.filter((list) => list.group !== null)
    door.show(groups, formatGroups(view, door))
    return undefined
  },
)
