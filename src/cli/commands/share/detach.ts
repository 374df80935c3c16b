/** weft share detach */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'share detach',
    summary: 'share a directory with a machine no more, while it runs too',
    arguments: [
      { name: 'VM', summary: 'its name', completes: 'vm' },
      { name: 'TAG', summary: 'what the guest mounts it by' },
    ],
    flags: {},
    examples: [
      ['weft share detach web site', 'unmount it in the guest first'],
      ['weft share detach web site --dry-run', 'what would be done'],
    ],
    changes: true,
  },
  ({ arguments: { VM: name, TAG: tag } }, door) =>
    change(
      door,
      'detachShare',
      { params: { name, tag } },
      { detached: `Machine ${name} has no share ${tag} any more` },
    ),
)
