/** weft host link list: what `ip link` prints, explained */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatLinks } from '../../views/host-links.ts'

export const command = declareCommand(
  {
    words: 'host link list',
    summary: 'every interface of the host: what it is, what it is for, and who made it',
    about:
      'What `ip link` and `ip address` print, in sentences: cards, bridges, TAPs, cables between namespaces, VLANs, tunnels and detours. ' +
      "Whose something is that is not weft's is told by its name, and said so.",
    arguments: [],
    flags: {},
    examples: [
      ['weft host link list', 'all of them'],
      ['weft host link list --json', 'the same for a script'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const links = await ask(door, 'listHostLinks', {})
    door.show(links, formatLinks(links))
  },
)
