/** weft nic attach */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'nic attach',
    summary: 'give a machine a NIC, also while it runs',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      {
        name: 'NETWORK',
        summary: 'with ,mac= ,ip= ,portgroup= ,in= ,out= and ,isolated as needed',
        completes: 'network',
      },
    ],
    flags: {},
    examples: [
      ['weft nic attach web lab', 'web has one more NIC, on network lab'],
      ['weft nic attach web default,ip=192.168.122.50', 'with this address'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, NETWORK: net } }, door) =>
    change(
      door,
      'attachNic',
      { params: { name }, body: { net } },
      { attached: `Machine ${name} has a NIC on ${net.split(',')[0] ?? net}` },
    ),
)
