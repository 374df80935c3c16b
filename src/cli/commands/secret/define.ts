/** weft secret define */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { given } from '../../values.ts'

const USES = ['none', 'volume', 'ceph', 'iscsi', 'tls', 'vtpm'] as const

export const command = declareCommand(
  {
    words: 'secret define',
    summary: 'keep a secret, or change what is told of one',
    about: 'What it says comes with: weft secret set.',
    arguments: [],
    flags: {
      uuid: { kind: 'text', value: 'UUID', summary: 'absent: one is chosen, and told' },
      use: { kind: 'text', value: 'KIND', choices: USES, summary: 'what kind of thing it is for' },
      id: { kind: 'text', value: 'ID', summary: 'which one of that kind: the path of a volume, a name' },
      description: { kind: 'text', value: 'TEXT', summary: 'for people' },
      private: { kind: 'switch', summary: 'nobody is ever told what it says' },
      ephemeral: { kind: 'switch', summary: 'kept in memory only: gone when the host is' },
    },
    examples: [
      ['weft secret define --use volume --id /srv/web.qcow2', 'the passphrase of a disk'],
      [
        'weft secret define --use volume --id /srv/web.qcow2 --private --dry-run',
        'the file that would be written',
      ],
    ],
    changes: true,
  },
  ({ flags }, door) => {
    const body = given({
      uuid: flags.uuid?.toLowerCase(),
      use: flags.use as (typeof USES)[number] | undefined,
      id: flags.id,
      description: flags.description,
      private: flags.private ? true : undefined,
      ephemeral: flags.ephemeral ? true : undefined,
    })
    return change(door, 'defineSecret', { body }, { defined: 'Secret defined' })
  },
)
