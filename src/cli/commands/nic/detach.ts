/** weft nic detach */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'nic detach',
    summary: 'take a NIC out of a machine, also while it runs',
    about:
      'A guest that runs has to let go of its NIC first. When it does not answer within 15 seconds, all is as it was.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'NIC', summary: 'its MAC, its network, or its interface on the host' },
    ],
    flags: {},
    examples: [
      ['weft nic detach web lab', 'its only NIC on network lab'],
      ['weft nic detach web 52:54:00:12:34:56', 'the one with this MAC'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, NIC: nic } }, door) =>
    change(
      door,
      'detachNic',
      { params: { name, nic } },
      { detached: `Machine ${name} has no NIC ${nic} any more` },
    ),
)
