/** weft nic move */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'nic move',
    summary: 'plug a NIC into another network, also while its machine runs',
    about:
      'The guest keeps its NIC and its MAC and sees the cable being pulled and plugged in, upon which most ask for an address anew.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'NIC', summary: 'its MAC, its network, or its interface on the host' },
      { name: 'NETWORK', summary: 'where it shall be', completes: 'network' },
    ],
    flags: {},
    examples: [
      ['weft nic move web default lab', 'the NIC on network default is on network lab from now on'],
      ['weft nic move web vnet3 lab --dry-run', 'what would be done'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, NIC: nic, NETWORK: network } }, door) =>
    change(
      door,
      'moveNic',
      { params: { name, nic }, body: { network } },
      {
        moved: `The NIC ${nic} of machine ${name} is on network ${network}`,
        'already-there': `The NIC ${nic} of machine ${name} is on network ${network} already`,
      },
    ),
)
