/** weft host neighbours leave */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'host neighbours leave',
    summary: 'weft asks nothing of a firewall of others, and takes back what it has asked',
    arguments: [{ name: 'WHO', summary: 'docker, ufw, firewalld, iptables or nftables' }],
    flags: {},
    examples: [
      ['weft host neighbours leave ufw', "ufw's rules are yours alone"],
      ['weft host neighbours leave docker --dry-run', 'what would be done, as a script'],
    ],
    changes: true,
  },
  ({ arguments: { WHO: name } }, door) =>
    change(
      door,
      'setNeighbour',
      { params: { name }, body: { leave: true } },
      {
        left: `Nothing is asked of ${name} any more`,
        unchanged: `Nothing is asked of ${name} already`,
      },
    ),
)
