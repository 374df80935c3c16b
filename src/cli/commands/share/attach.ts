/** weft share attach */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { shareOf } from '../../values.ts'

export const command = declareCommand(
  {
    words: 'share attach',
    summary: 'share a directory with a machine, while it runs too',
    about:
      'While it runs only by virtiofs, and only with a machine that was started with shared memory: it had a virtiofs share, or --shared-memory.',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      {
        name: 'DIR:TAG',
        summary: 'a directory of this host, with ,ro ,kind=virtiofs|9p and ,mapped as needed',
        completes: 'file',
      },
    ],
    flags: {},
    examples: [
      ['weft share attach web ~/site:site', 'then in the guest: mount -t virtiofs site /mnt'],
      ['weft share attach web /srv/books:books,ro', 'one that the guest only reads'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, 'DIR:TAG': share } }, door) =>
    change(
      door,
      'attachShare',
      { params: { name }, body: { share: shareOf(share) } },
      { attached: `Machine ${name} shares ${share}` },
    ),
)
