/** weft net leases */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'net leases',
    summary: 'who has which address on a network',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: { mac: { kind: 'text', value: 'MAC', summary: 'only the lease of this MAC' } },
    examples: [
      ['weft net leases default', 'every lease: MAC, address, name, until when'],
      ['weft net leases default --json', 'the same for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { NETWORK: name }, flags }, door) => {
    const all = await ask(door, 'networkLeases', { params: { name } })
    const leases = all.filter(({ mac }) => flags.mac === undefined || mac === flags.mac.toLowerCase())
    const rows = leases.map((lease) => [
      lease.expires === null ? 'never' : lease.expires.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'),
      lease.mac,
      lease.ip,
      lease.name ?? '-',
      lease.clientId ?? '-',
    ])
    door.show(leases, formatTable(['Expires', 'MAC', 'Address', 'Name', 'Client id'], rows, door))
  },
)
