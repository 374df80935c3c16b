/** weft rule set */
import type { SetRulesRequest } from '../../../api/requests.ts'
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'rule set',
    summary: 'what becomes of packets that no rule matches, and of made-up senders',
    about:
      'Addresses, names and what neighbours find each other by work on where everything else is denied. Anti-spoofing is: none, mac (a ' +
      "guest's frames carry its own MAC; what a network with rules has anyway) or address (its IP addresses too, in packets and in ARP).",
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: {
      in: {
        kind: 'text',
        value: 'VERDICT',
        choices: ['allow', 'deny', 'inherit'],
        summary: 'packets to guests',
      },
      out: {
        kind: 'text',
        value: 'VERDICT',
        choices: ['allow', 'deny', 'inherit'],
        summary: 'packets from guests',
      },
      'anti-spoofing': {
        kind: 'text',
        value: 'WHAT',
        choices: ['none', 'mac', 'address', 'inherit'],
        summary: 'what a guest cannot make up: its mac, or its address too',
      },
      addresses: {
        kind: 'text',
        value: 'SUBNETS',
        summary: 'of a guest: what it may send from besides its own; none: nothing',
      },
      guest: { kind: 'text', value: 'GUEST', summary: 'of this guest only', completes: 'port' },
      group: { kind: 'text', value: 'GROUP', summary: 'of the guests of this group' },
    },
    examples: [
      ['weft rule set default --in deny', 'nobody reaches guests but by a rule'],
      ['weft rule set default --anti-spoofing address', 'no guest passes for another'],
      [
        'weft rule set default --guest router --addresses 10.90.0.0/16',
        'router passes on packets of a subnet behind it',
      ],
      ['weft rule set default --guest db --out inherit', 'db sends as all others again'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name }, flags }, door) => {
    const { addresses } = flags
    const subnets = addresses === 'none' ? [] : addresses?.split(',')
    const body: SetRulesRequest = given({
      guest: flags.guest,
      group: flags.group,
      in: flags.in as SetRulesRequest['in'],
      out: flags.out as SetRulesRequest['out'],
      antiSpoofing: flags['anti-spoofing'] as SetRulesRequest['antiSpoofing'],
      addresses: subnets,
    })
    const whose = flags.guest ?? (flags.group === undefined ? `network ${name}` : `group ${flags.group}`)
    return change(
      door,
      'setRules',
      { params: { name }, body },
      { set: `Rules of ${whose} set`, 'already-set': `Rules of ${whose} are like that already` },
    )
  },
)
