/** weft group add */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'group add',
    summary: 'make a group of guests, or add guests to one',
    about: "Rules name a group as @GROUP; rules of the group's own are added with 'weft rule add --group'.",
    arguments: [
      { name: 'NETWORK', summary: 'its name', completes: 'network' },
      { name: 'GROUP', summary: 'its name; made where there is none' },
      { name: 'GUEST', summary: 'machines and namespaces', rest: true, optional: true, completes: 'port' },
    ],
    flags: {},
    examples: [
      ['weft group add default web web1 web2', 'web1 and web2 are web'],
      ['weft group add default idle', 'an empty group'],
    ],
    changes: true,
  },
  ({ arguments: { NETWORK: name, GROUP: group, GUEST: members } }, door) => {
    const added =
      members.length === 0 ? `Group ${group} added` : `${members.join(', ')} added to group ${group}`
    return change(door, 'addToGroup', { params: { name, group }, body: { members } }, { added })
  },
)
