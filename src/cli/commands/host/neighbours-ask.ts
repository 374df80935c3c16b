/** weft host neighbours ask */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'host neighbours ask',
    summary: 'weft asks a firewall of others again for what guests need',
    arguments: [{ name: 'WHO', summary: 'docker, ufw, firewalld, iptables or nftables' }],
    flags: {},
    examples: [
      ['weft host neighbours ask ufw', 'rules for what guests need come back'],
      ['weft host neighbours ask docker --dry-run', 'what would be done, as a script'],
    ],
    changes: true,
  },
  ({ arguments: { WHO: name } }, door) =>
    change(
      door,
      'setNeighbour',
      { params: { name }, body: { leave: false } },
      {
        asked: `${name} is asked for what guests need`,
        unchanged: `${name} is asked for what guests need already`,
      },
    ),
)
