/** weft share list */
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'share list',
    summary: 'list the directories that machines share with this host, as they are defined',
    arguments: [],
    flags: {},
    examples: [
      ['weft share list', 'of all machines'],
      ['weft share list --json', 'the same for a script'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const vms = await ask(door, 'listVms', {})
    const shares = vms.flatMap(({ name, hardware }) =>
      hardware.shares.map((share) => ({ vm: name, ...share })),
    )
    const rows = shares.map(({ vm, path, tag, kind, readOnly, mountPoint }) => [
      vm,
      tag,
      path,
      kind,
      readOnly ? 'read-only' : 'read-write',
      mountPoint ?? '-',
    ])
    door.show(
      shares,
      formatTable(['Machine', 'Tag', 'Directory', 'Kind', 'Access', 'Mounted at'], rows, door),
    )
  },
)
