/** weft vm addresses */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'vm addresses',
    summary: 'which addresses the NICs of a running machine have, and who says so',
    arguments: [{ name: 'VM', summary: 'its name', completes: 'vm' }],
    flags: {
      source: {
        kind: 'text',
        value: 'WHO',
        choices: ['lease', 'agent', 'arp'],
        summary:
          "only what dnsmasq has given, the agent in the guest tells, or this host's neighbour table has; default: all",
      },
    },
    examples: [
      ['weft vm addresses web', 'every address of every NIC'],
      ['weft vm addresses web --source agent', 'also of a guest that never asked for one'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: name }, flags }, door) => {
    const source = flags.source as 'lease' | 'agent' | 'arp' | undefined
    const addresses = await ask(door, 'vmAddresses', { params: { name }, query: given({ source }) })
    const rows = addresses.map((each) => [
      each.mac,
      each.network,
      each.guestInterface ?? '-',
      each.prefix === null ? each.ip : `${each.ip}/${String(each.prefix)}`,
      each.source,
    ])
    door.show(addresses, formatTable(['MAC', 'Network', 'In the guest', 'Address', 'Source'], rows, door))
  },
)
