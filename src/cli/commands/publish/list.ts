/** weft publish list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatPortRange } from '../../../core/host/publication.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'publish list',
    summary: 'list ports of this host that lead to machines',
    arguments: [{ name: 'VM', summary: 'only of this machine', optional: true, completes: 'vm' }],
    flags: {},
    examples: [
      ['weft publish list', 'of all machines'],
      ['weft publish list web --json', 'of one, for a script'],
    ],
    changes: false,
  },
  async ({ arguments: { VM: vm } }, door) => {
    const published = await ask(door, 'listPublished', vm === undefined ? {} : { query: { vm } })
    const rows = published.map(({ address, protocol, port, guestPort, count, ...each }) => [
      each.vm,
      address ?? 'any',
      `${formatPortRange(port, count)}/${protocol}`,
      [each.ip, each.ip6].filter((ip) => ip !== null).join(' ') || '-',
      formatPortRange(guestPort, count),
      each.from ?? 'anybody',
      each.active ? 'yes' : `network ${each.network} is off`,
    ])
    const header = ['Machine', 'At', 'Port', 'Leads to', 'Port there', 'Lets in', 'Active']
    door.show(published, formatTable(header, rows, door))
  },
)
