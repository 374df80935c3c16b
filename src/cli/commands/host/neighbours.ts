/** weft host neighbours */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatNeighbours } from '../../views/neighbours.ts'

export const command = declareCommand(
  {
    words: 'host neighbours',
    summary: 'firewalls of others on this host: what each drops, and what weft has asked of it',
    about:
      "A packet has to be accepted by every firewall on its way. weft asks Docker, ufw, firewalld, and whatever iptables or nft holds, in each one's own " +
      'words, for what guests of running networks need, and takes that back when the network stops. What is stopped all the same is told with ' +
      'the rule that stops it.',
    arguments: [],
    flags: {},
    examples: [
      ['weft host neighbours', 'who is there'],
      ['weft host neighbours leave ufw', 'ask nothing of ufw: you do that yourself'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const state = await ask(door, 'listNeighbours', {})
    door.show(state, formatNeighbours(state))
  },
)
