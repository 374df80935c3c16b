/** weft rule remove */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'rule remove',
    summary: 'remove a rule, by its number or as it is written',
    arguments: [
      { name: 'NETWORK', summary: 'its name', completes: 'network' },
      { name: 'RULE', summary: "a number of 'weft rule list', or the rule itself", rest: true },
    ],
    flags: {
      guest: { kind: 'text', value: 'GUEST', summary: 'a rule of this guest', completes: 'port' },
      group: { kind: 'text', value: 'GROUP', summary: 'a rule of this group' },
    },
    examples: [
      ['weft rule remove default 2', "the network's second rule"],
      ['weft rule remove default --guest db allow in tcp 5432 from @web', 'a rule of db, as it is written'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name, RULE: words }, flags }, door) => {
    const rule = words.join(' ')
    const query = given({ guest: flags.guest, group: flags.group })
    const what = /^\d+$/.test(rule) ? `Rule ${rule}` : `Rule '${rule}'`
    return change(
      door,
      'removeRule',
      { params: { name, rule }, query },
      { removed: `${what} removed from network ${name}` },
    )
  },
)
