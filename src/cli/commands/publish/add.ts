/** weft publish */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'publish',
    summary: 'let ports of this host lead to a machine',
    about:
      'Whoever reaches this host at the port reaches the guest: from outside, from this host itself (127.0.0.1 too), from other guests and from the ' +
      'guest itself. The guest sees the address of who calls. It belongs to the machine: it is there again after a reboot and gone ' +
      'with the machine, and it leads to the address that the NIC keeps.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      {
        name: 'PORT',
        summary: '[ADDRESS:]HOST-PORT:GUEST-PORT[/udp], ranges too; several may follow',
        rest: true,
      },
    ],
    flags: {
      address: { kind: 'text', value: 'IP', summary: 'only at this address of this host' },
      from: {
        kind: 'text',
        value: 'WHO',
        summary:
          'an address, a subnet, lan (private addresses) or any; default: any. This host itself always may',
      },
      nic: {
        kind: 'text',
        value: 'NIC',
        summary: 'a MAC or a network; default: the first that can be reached so',
      },
    },
    examples: [
      ['weft publish web 8080:80', "port 8080 of this host is the machine's port 80"],
      ['weft publish dns 5353:53/udp 5353:53', 'for UDP and for TCP'],
      ['weft publish db 5432:5432 --from 192.0.2.0/24', 'only for one subnet'],
      ['weft publish web 8443:443 --address 127.0.0.1', 'only for this host itself'],
      ['weft publish pbx 10000-10099:10000-10099/udp', 'a hundred ports'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, PORT: words }, flags: { address, from, nic } }, door) => {
    const where = address === undefined ? '' : `${address.includes(':') ? `[${address}]` : address}:`
    const ports = words.map((word) => `${where}${word}${from === undefined ? '' : `,from=${from}`}`)
    return change(
      door,
      'publish',
      { params: { name }, body: { ports, ...given({ nic }) } },
      {
        published: `Machine ${name} has published ${ports.join(' ')}`,
        'already-published': `Machine ${name} has published ${ports.join(' ')} already`,
      },
    )
  },
)
