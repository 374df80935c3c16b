/** weft secret delete */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'secret delete',
    summary: 'forget a secret, and what it says',
    arguments: [{ name: 'SECRET', summary: 'its UUID, or what it is for', completes: 'secret' }],
    flags: {},
    examples: [
      ['weft secret delete /srv/web.qcow2', 'disks that were made with it keep their keys'],
      ['weft secret delete /srv/web.qcow2 --dry-run', 'the files that would go'],
    ],
    changes: true,
  },
  ({ arguments: { SECRET: secret } }, door) =>
    change(door, 'deleteSecret', { params: { secret } }, { undefined: `Secret ${secret} deleted` }),
)
