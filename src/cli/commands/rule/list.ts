/** weft rule list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatRules } from '../../views/rules.ts'

export const command = declareCommand(
  {
    words: 'rule list',
    summary: 'who may talk to whom on a network, and how many packets each rule has decided',
    about:
      "The rules of a guest are judged before those of its groups, and those before the network's; the first that matches decides. " +
      'Packets of a conversation that was allowed to begin are not counted again.',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: {},
    examples: [
      ['weft rule list default', 'every rule, in the order in which they are judged'],
      ['weft rule list default --json', 'the same for a script, with bytes'],
    ],
    changes: false,
  },
  async ({ arguments: { NETWORK: name } }, door) => {
    const view = await ask(door, 'listRules', { params: { name } })
    door.show(view, formatRules(view, door))
    return undefined
  },
)
