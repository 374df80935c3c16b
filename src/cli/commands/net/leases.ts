/** weft net leases */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'net leases',
    summary: 'who has which address on a network',
    about:
      'Leases of both families, addresses kept for machines that are off, and fixed ones of guests that never ask. What is kept is given ' +
      'to nobody else; the rest is free when its lease ends.',
    arguments: [{ name: 'NETWORK', summary: 'its name', completes: 'network' }],
    flags: { mac: { kind: 'text', value: 'MAC', summary: 'only what this MAC has' } },
    examples: [
      ['weft net leases default', 'every address: until when, whose, and what it is kept for'],
      ['weft net leases default --json', 'the same for a script, with client ids'],
    ],
    changes: false,
  },
  async ({ arguments: { NETWORK: name }, flags }, door) => {
    const all = await ask(door, 'networkLeases', { params: { name } })
    const leases = all.filter(({ mac }) => flags.mac === undefined || mac === flags.mac.toLowerCase())
    const rows = leases.map((lease) => [
      lease.leased ? untilWhen(lease.expires) : '-',
      lease.mac ?? '-',
      lease.ip,
      lease.name ?? '-',
      lease.keptFor?.replace(/^(machine|port) /, '') ?? '-',
    ])
    door.show(leases, formatTable(['Expires (UTC)', 'MAC', 'Address', 'Name', 'Kept for'], rows, door))
  },
)

function untilWhen(expires: string | null): string {
  return expires === null ? 'never' : expires.replace('T', ' ').replace(/(\.\d+)?Z$/, '')
}
