/** weft image list */
import type { ImageView } from '../../../api/views.ts'
import { formatSize } from '../../../api/size.ts'
import { ask } from '../../ask.ts'
import { declareCommand } from '../../declare.ts'
import { formatTable } from '../../views/table.ts'

export const command = declareCommand(
  {
    words: 'image list',
    summary: 'list images that machines can be made from',
    arguments: [],
    flags: {},
    examples: [
      ['weft image list', 'what is here, how large, checked or not, and what uses it'],
      ['weft image list --json', 'the same for a script, with digests and sizes in bytes'],
    ],
    changes: false,
  },
  async (_given, door) => {
    const images = await ask(door, 'listImages', {})
    door.show(
      images,
      formatTable(['Name', 'Kind', 'Bytes', 'Disk', 'Login', 'Checked', 'Used by'], images.map(rowOf), door),
    )
  },
)

function rowOf(image: ImageView): string[] {
  return [
    [image.name, ...image.aliases].join(', '),
    image.kind,
    image.bytes === null ? '-' : formatSize(image.bytes),
    image.size === null || image.kind === 'iso' ? '-' : formatSize(image.size),
    image.user ?? '-',
    image.checked === null ? 'no' : 'yes',
    image.users.join(', ') || '-',
  ]
}
