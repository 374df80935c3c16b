/** weft image delete */
import { change } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'

export const command = declareCommand(
  {
    words: 'image delete',
    summary: 'delete an image that nothing uses',
    arguments: [{ name: 'IMAGE', summary: 'its name, or the digits shown instead', completes: 'image' }],
    flags: {},
    examples: [
      ['weft image delete debian-12', 'gone until it is pulled again; refused while a disk reads it'],
      ['weft image delete debian-12 --dry-run', 'which files would go'],
    ],
    changes: true,
  },
  ({ arguments: { IMAGE: name } }, door) =>
    change(
      door,
      'deleteImage',
      { params: { name } },
      { deleted: `Image ${name} deleted`, renamed: `Image ${name} deleted` },
    ),
)
