/** weft rule add */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given, countOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'rule add',
    summary: 'add a rule to a network, a guest or a group, while guests run',
    about:
      'A rule is: allow or deny; in or out, as the guest sees it; tcp, udp, icmp or any; ports of the receiver for tcp and udp; from (in) or ' +
      'to (out) an address, a subnet, several joined by commas, a guest, or @GROUP. The first that matches decides; what none matches ' +
      "is decided by 'weft rule set'. Answers to what was allowed to begin always pass.",
    arguments: [
      { name: 'NETWORK', summary: 'its name', completes: 'network' },
      { name: 'RULE', summary: 'allow|deny in|out [PROTOCOL [PORTS]] [from|to WHO]', rest: true },
    ],
    flags: {
      guest: { kind: 'text', value: 'GUEST', summary: 'a rule of this guest only', completes: 'port' },
      group: { kind: 'text', value: 'GROUP', summary: 'a rule of the guests of this group' },
      before: { kind: 'text', value: 'NUMBER', summary: 'before the rule of this number; default: last' },
    },
    examples: [
      ['weft rule add default allow in tcp 22,80 from 192.168.122.0/24', 'SSH and HTTP from the subnet'],
      [
        'weft rule add default --guest db allow in tcp 5432 from @web',
        "only the group web reaches db's port 5432",
      ],
      [
        'weft rule add default --before 1 deny out to 10.0.0.0/8 --dry-run',
        'what would be done to close a subnet',
      ],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name, RULE: words }, flags }, door) => {
    const rule = words.join(' ')
    const before = flags.before === undefined ? undefined : countOf(flags.before, '--before')
    const body = { rule, ...given({ guest: flags.guest, group: flags.group, before }) }
    const sentences = { added: `Rule '${rule}' added to network ${name}` }
    return change(door, 'addRule', { params: { name }, body }, sentences)
  },
)
