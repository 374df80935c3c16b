/** weft group remove */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'group remove',
    summary: 'remove guests from a group, or the group itself',
    arguments: [
      { name: 'NETWORK', summary: 'its name', completes: 'network' },
      { name: 'GROUP', summary: 'its name' },
      {
        name: 'GUEST',
        summary: 'none: the group itself, with its rules',
        rest: true,
        optional: true,
        completes: 'port',
      },
    ],
    flags: {},
    examples: [
      ['weft group remove default web web2', 'web2 is no longer web'],
      ['weft group remove default web', 'the group goes, with its rules'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name, GROUP: group, GUEST: guests } }, door) => {
    const members = guests.join(',')
    const gone = members === ''
    const removed = gone ? `Group ${group} removed` : `${members} removed from group ${group}`
    const query = given({ members: gone ? undefined : members })
    return change(door, 'removeFromGroup', { params: { name, group }, query }, { removed })
  },
)
