/** weft exposure */
import { ask } from '../ask.ts'
import { declareCommand } from '../declare.ts'
import { formatExposure } from '../views/exposure.ts'

export const command = declareCommand(
  {
    words: 'exposure',
    summary: 'who can reach which service of which guest, and by which rule',
    about:
      'Asked about are published ports, ports that rules of weft name, one port that stands for all others, and ping: from the internet, ' +
      "from this host's LAN, from this host and from each network. Nothing is sent: the answers are worked out from all firewall rules " +
      'and routes of this moment, whoever made them. Routers and firewalls elsewhere are not known here.',
    arguments: [
      { name: 'GUEST', summary: 'only of this machine or namespace', optional: true, completes: 'guest' },
    ],
    flags: { rules: { kind: 'switch', summary: 'also by which rule, a line for each answer' } },
    examples: [
      ['weft exposure', 'of all guests'],
      ['weft exposure web --rules', 'of one, and which rules decide'],
      ['weft exposure --json', 'for a script that watches over it'],
    ],
    changes: false,
  },
  async ({ arguments: { GUEST: guest }, flags }, door) => {
    const found = await ask(door, 'exposure', { query: guest === undefined ? {} : { guest } })
    door.show(found, formatExposure(found, flags.rules, door.width))
  },
)
