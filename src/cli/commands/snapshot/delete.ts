/** weft snapshot delete */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'snapshot delete',
    summary: 'delete a snapshot of a machine; those after it stay, each whole by itself',
    arguments: [
      { name: 'VM', summary: 'its machine', completes: 'vm' },
      { name: 'SNAPSHOT', summary: 'its name' },
    ],
    flags: {},
    examples: [
      ['weft snapshot delete web before-upgrade', 'free what only it had; also while the machine runs'],
      ['weft snapshot delete web before-upgrade --dry-run', 'the commands that would do it'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, SNAPSHOT: snapshot } }, door) =>
    change(
      door,
      'deleteSnapshot',
      { params: { name, snapshot } },
      { deleted: `Snapshot ${snapshot} of machine ${name} deleted` },
    ),
)
